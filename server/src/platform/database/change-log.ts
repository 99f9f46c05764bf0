import { sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Ctx } from '../../context.ts';
import { prepared } from './prepared.ts';

/** The part of a ctx that reading takes. */
type Reader = Pick<Ctx, 'db' | 'log'>;

type Options = {
  /** Where the changes are written down: each subject with the transaction that changed it. */
  table: PgTable;
  subject: PgColumn;
  xid: PgColumn;
  /** The name of the statement that reads them, as `pg_stat_statements` and the pool know it. */
  statement: string;
  /** Longer than anything that is compared with the changes is good for: so old a change is contained in all of it. */
  keptForMs: number;
};

/**
 * What one look says: `horizon`, every transaction below which is contained in what was read; the database's clock; what was changed
 * by the transactions from the number `since` on.
 */
function readingOf({ table, subject, xid, statement }: Options) {
  return prepared((db) =>
    db
      .select({
        horizon: sql`pg_snapshot_xmin(pg_current_snapshot())`.mapWith(Number),
        nowMs: sql`extract(epoch FROM statement_timestamp()) * 1000`.mapWith(Number),
        changes: sql<[subject: string, xid: string][]>`coalesce(
          jsonb_agg(jsonb_build_array(${subject}, ${xid}::text)), '[]')`,
      })
      .from(table)
      .where(sql`${xid} >= ${sql.placeholder('since')}::xid8`)
      .prepare(statement),
  );
}

/**
 * What one node knows of changes that the database writes down in the transaction that makes them. It is read when somebody
 * compares, once for all who do at that moment; each reading asks for what the one before could not see: transactions at
 * or past the horizon of its snapshot. Nothing that was committed before a reading was asked for is missing from it.
 */
export class ChangeLog {
  readonly #keptForMs: number;
  readonly #changesSince: ReturnType<typeof readingOf>;
  readonly #bySubject = new Map<string, { xid: number; readAtMs: number }>();
  #horizon = 0;
  #era = 0;
  /** When the last reading was asked for, by this node's clock, and what the database's clock was then. */
  #last = { atMs: Number.NEGATIVE_INFINITY, databaseMs: 0 };
  #reading: Promise<void> | null = null;

  constructor(options: Options) {
    this.#keptForMs = options.keptForMs;
    this.#changesSince = readingOf(options);
  }

  /** How long ago the newest reading was asked for: what was committed before is known. */
  ageMs(): number {
    return performance.now() - this.#last.atMs;
  }

  /** What is read from the database from now on contains every transaction below this number. */
  get horizon(): number {
    return this.#horizon;
  }

  /** Another number: transactions are numbered anew, and no number of before says anything. */
  get era(): number {
    return this.#era;
  }

  /** The newest transaction that is known to have changed a subject, or 0. */
  lastOf(subject: string): number {
    return this.#bySubject.get(subject)?.xid ?? 0;
  }

  /** The database's clock, at most a round trip ahead. */
  databaseNowMs(): number {
    return this.#last.databaseMs + this.ageMs();
  }

  /** Reads, or waits for the reading that is under way; for `patienceMs` at most. It may fail: {@link ageMs} tells. */
  async refresh(reader: Reader, patienceMs: number): Promise<void> {
    this.#reading ??= this.#read(reader)
      .catch((error: unknown) => reader.log.debug({ err: error }, 'changes could not be read'))
      .finally(() => {
        this.#reading = null;
      });
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patienceMs);
    });
    await Promise.race([this.#reading, tooLate]).finally(() => clearTimeout(timer));
  }

  async #read(reader: Reader): Promise<void> {
    const atMs = performance.now();
    const [reading] = await this.#changesSince(reader.db).execute({ since: this.#horizon });
    if (reading === undefined) throw new Error('An aggregate without a row.');
    const { horizon, nowMs, changes } = reading;
    // Transactions are numbered from the start again: this is another database. What was known says nothing of it.
    if (horizon < this.#horizon) return this.#beginAnew();
    this.#horizon = horizon;
    for (const [subject, text] of changes) {
      const xid = Math.max(Number(text), this.lastOf(subject));
      // Put at the end, so that the map is in the order of reading.
      this.#bySubject.delete(subject);
      this.#bySubject.set(subject, { xid, readAtMs: atMs });
    }
    for (const [subject, { readAtMs }] of this.#bySubject) {
      if (atMs - readAtMs < this.#keptForMs) break;
      this.#bySubject.delete(subject);
    }
    this.#last = { atMs, databaseMs: nowMs };
  }

  #beginAnew(): void {
    this.#horizon = 0;
    this.#era += 1;
    this.#bySubject.clear();
    this.#last = { atMs: Number.NEGATIVE_INFINITY, databaseMs: 0 };
  }
}

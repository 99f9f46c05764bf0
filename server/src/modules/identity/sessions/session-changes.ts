import { sql } from 'drizzle-orm';
import { prepared } from '#platform/database/prepared.ts';
import type { Ctx } from '#server/context.ts';
import { sessionChanges } from '../tables.ts';

/** How old a node's knowledge of the changes may be: after a commit, no copy is believed for longer than this. */
export const knowledgeMs = 600;

/** Longer than a copy of a state is good for, by far: what was read that long ago is contained in every one of them. */
const keptForMs = 180_000;

const changesSince = prepared((db) =>
  db
    .select({
      horizon: sql`pg_snapshot_xmin(pg_current_snapshot())`.mapWith(Number),
      nowMs: sql`extract(epoch FROM statement_timestamp()) * 1000`.mapWith(Number),
      changes: sql<[accountId: string, xid: string][]>`coalesce(
        jsonb_agg(jsonb_build_array(${sessionChanges.accountId}, ${sessionChanges.xid}::text)), '[]')`,
    })
    .from(sessionChanges)
    .where(sql`${sessionChanges.xid} >= ${sql.placeholder('since')}::xid8`)
    .prepare('session_changes_since'),
);

/**
 * What one node knows of the changes that may have taken something away from sessions. It is read from the database when
 * somebody compares, for all accounts together and not twice in 600 ms; each reading asks for what the one before could not
 * see: transactions at or past the horizon of its snapshot.
 */
export class SessionChanges {
  readonly #byAccount = new Map<string, { xid: number; readAtMs: number }>();
  #horizon = 0;
  /** When the last reading was asked for, by this node's clock, and what the database's clock was then. */
  #last = { atMs: Number.NEGATIVE_INFINITY, databaseMs: 0 };
  #reading: { ended: Promise<void>; tooLate: Promise<void> } | null = null;

  /**
   * Makes sure that what is known is fresh. @returns false when the database does not say so in time: then no copy is to be
   * believed.
   */
  async isFresh(ctx: Ctx): Promise<boolean> {
    if (this.#ageMs() <= knowledgeMs) return true;
    this.#reading ??= this.#startReading(ctx);
    await Promise.race([this.#reading.ended, this.#reading.tooLate]);
    // A reading that was under way before this call came may be too old for it, too.
    return this.#ageMs() <= knowledgeMs;
  }

  /** The newest transaction that changed something of an account, or 0. */
  lastOf(accountId: string): number {
    return this.#byAccount.get(accountId)?.xid ?? 0;
  }

  /** The database's clock, at most a round trip ahead. */
  databaseNowMs(): number {
    return this.#last.databaseMs + this.#ageMs();
  }

  #ageMs(): number {
    return performance.now() - this.#last.atMs;
  }

  #startReading(ctx: Ctx) {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, knowledgeMs);
    });
    const ended = this.#read(ctx)
      .catch((error: unknown) => ctx.log.debug({ err: error }, 'changes of sessions could not be read'))
      .finally(() => {
        clearTimeout(timer);
        this.#reading = null;
      });
    return { ended, tooLate };
  }

  async #read(ctx: Ctx): Promise<void> {
    const atMs = performance.now();
    const [row] = await changesSince(ctx.db).execute({ since: this.#horizon });
    if (row === undefined) throw new Error('An aggregate without a row.');
    // Transactions are numbered from the start again: this is another database. What was known says nothing of it.
    const isAnother = row.horizon < this.#horizon;
    this.#horizon = isAnother ? 0 : row.horizon;
    if (isAnother) return this.#byAccount.clear();
    for (const [accountId, text] of row.changes) {
      const xid = Math.max(Number(text), this.lastOf(accountId));
      // Put at the end, so that the map is in the order of reading.
      this.#byAccount.delete(accountId);
      this.#byAccount.set(accountId, { xid, readAtMs: atMs });
    }
    for (const [accountId, { readAtMs }] of this.#byAccount) {
      if (atMs - readAtMs < keptForMs) break;
      this.#byAccount.delete(accountId);
    }
    this.#last = { atMs, databaseMs: row.nowMs };
  }
}

import { sql } from 'drizzle-orm';
import { ChangeLog, type Reading } from '#platform/database/change-log.ts';
import { prepared } from '#platform/database/prepared.ts';
import { cachePolicies } from '#server/cache-policies.ts';
import type { Ctx } from '#server/context.ts';
import { sessionChanges } from '../tables.ts';

/** How old a node's knowledge of the changes may be: after a commit, no copy is believed for longer than this. */
export const { knowledgeMs } = cachePolicies.sessionState;

/** Longer than a copy of a state is good for, by far. */
const keptForMs = 180_000;

const changesSince = prepared((db) =>
  db
    .select({
      horizon: sql`pg_snapshot_xmin(pg_current_snapshot())`.mapWith(Number),
      nowMs: sql`extract(epoch FROM statement_timestamp()) * 1000`.mapWith(Number),
      changes: sql<Reading['changes']>`coalesce(
        jsonb_agg(jsonb_build_array(${sessionChanges.accountId}, ${sessionChanges.xid}::text)), '[]')`,
    })
    .from(sessionChanges)
    .where(sql`${sessionChanges.xid} >= ${sql.placeholder('since')}::xid8`)
    .prepare('session_changes_since'),
);

/**
 * What one node knows of the changes that may have taken something away from sessions. It is read from the database when
 * somebody compares, for all accounts together and not twice in 600 ms.
 */
export class SessionChanges {
  readonly #log = new ChangeLog({
    read: async ({ db }, since) => {
      const [row] = await changesSince(db).execute({ since });
      if (row === undefined) throw new Error('An aggregate without a row.');
      return row;
    },
    keptForMs,
  });

  /**
   * Makes sure that what is known is fresh. @returns false when the database does not say so in time: then no copy is to be
   * believed.
   */
  async isFresh(ctx: Ctx): Promise<boolean> {
    if (this.#log.ageMs() <= knowledgeMs) return true;
    await this.#log.refresh(ctx, knowledgeMs);
    // A reading that was under way before this call came may be too old for it, too.
    return this.#log.ageMs() <= knowledgeMs;
  }

  /** The newest transaction that changed something of an account, or 0. */
  lastOf(accountId: string): number {
    return this.#log.lastOf(accountId);
  }

  /** The database's clock, at most a round trip ahead. */
  databaseNowMs(): number {
    return this.#log.databaseNowMs();
  }
}

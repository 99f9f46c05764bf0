import { ChangeLog } from '#platform/database/change-log.ts';
import { cachePolicies } from '#server/cache-policies.ts';
import type { Ctx } from '#server/context.ts';
import { sessionChanges } from '../tables.ts';

/** How old a node's knowledge of the changes may be: after a commit, no copy is believed for longer than this. */
export const { knowledgeMs } = cachePolicies.sessionState;

/** Longer than a copy of a state is good for, by far. */
const keptForMs = 180_000;

/**
 * What one node knows of the changes that may have taken something away from sessions. It is read from the database when
 * somebody compares, for all accounts together and not twice in 600 ms.
 */
export class SessionChanges {
  readonly #log = new ChangeLog({
    table: sessionChanges,
    subject: sessionChanges.accountId,
    xid: sessionChanges.xid,
    statement: 'session_changes_since',
    keptForMs,
  });

  /**
   * Makes sure that what is known is fresh. @returns false when the database does not say so in time: then no copy is to be
   * believed.
   */
  isFresh(ctx: Ctx): true | Promise<boolean> {
    return this.#log.ageMs() <= knowledgeMs || this.#refresh(ctx);
  }

  async #refresh(ctx: Ctx): Promise<boolean> {
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

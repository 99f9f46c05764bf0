import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { accountBanned } from '../sessions/log-in.ts';
import { sessionEnded } from '../sessions/refresh-session.ts';
import { holdAccount, isApproved } from './account.ts';

/**
 * Makes sure, inside a transaction, that the caller may still act: what was true when the call came in may have ended since.
 * @throws Problem 403 `account-banned`, 403 `doctor-not-approved`, 401 `session-ended`.
 */
export async function holdActor(ctx: Ctx): Promise<void> {
  const { account, ban } = await holdAccount(ctx, actorOf(ctx).accountId);
  if (account.deletedAt !== null) throw sessionEnded();
  if (ban !== null) throw accountBanned(ban);
  if (!isApproved(account))
    throw new Problem('doctor-not-approved', { detail: 'An admin has withdrawn the approval.' });
}

import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { accountBanned } from '../sessions/log-in.ts';
import { sessionEnded } from '../sessions/refresh-session.ts';
import { type AccountWithBan, holdAccount, isApproved, lockAccount } from './account.ts';

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

/**
 * The caller's account, locked until the transaction ends: for what doctors may do before they are approved, too. What a deletion has
 * erased does not come back. @throws Problem 401 `session-ended` when it has been deleted meanwhile.
 */
export async function lockActor(ctx: Ctx): Promise<AccountWithBan> {
  const found = await lockAccount(ctx, actorOf(ctx).accountId);
  if (found.account.deletedAt !== null) throw sessionEnded();
  return found;
}

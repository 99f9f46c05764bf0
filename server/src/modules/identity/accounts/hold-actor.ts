import { sql } from 'drizzle-orm';
import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { accountBanned } from '../sessions/log-in.ts';
import { sessionEnded } from '../sessions/refuse-session.ts';
import { type AccountWithBan, findAccount, holdAccount, isApproved, lockAccount } from './account.ts';

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

/** The caller may still decide on others, and stays so until the transaction ends. Before the account of `id` is locked. @throws Problem 401, 403. */
export async function holdActorBefore(ctx: Ctx, id: string): Promise<void> {
  await takeTurn(ctx, id);
  await holdActor(ctx);
}

/**
 * One lock for all who decide on admins, so that two of them cannot remove each other at once and leave none, nor wait for each other,
 * each of them held. Nobody else waits for it: what an account is never changes.
 */
export async function takeTurn(ctx: Ctx, id: string): Promise<void> {
  if ((await findAccount(ctx, id))?.account.role === 'admin')
    await ctx.db.execute(sql`SELECT pg_advisory_xact_lock(hashtext('openward.remove-admin'))`);
}

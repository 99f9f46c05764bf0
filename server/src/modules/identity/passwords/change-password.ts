import type { changePassword as contract, InputOf, ReplyOf } from '@openward/contracts';
import { eq } from 'drizzle-orm';
import { sendMail } from '#platform/mail/send-mail.ts';
import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { type AccountRow, findAccount, lockAccount, nameOf } from '../accounts/account.ts';
import { voidAskedWithPassword } from '../links/email-link.ts';
import { noticeMail } from '../mails/notices.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { holdSession } from '../sessions/hold-session.ts';
import { accounts } from '../tables.ts';
import { refuseWeakPassword } from './refuse-weak-password.ts';

/**
 * Ends the other sessions, voids a change of address and a deletion that were asked for with the old password, and mails a notice.
 * @throws Problem 403 `invalid-credentials` for a wrong current password, 400 `weak-password`.
 */
export async function changePassword(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { accountId, sessionId } = actorOf(ctx);
  const account = await confirmPassword(ctx, input.currentPassword);
  const person = { fullName: nameOf(account), email: account.email ?? '' };
  await refuseWeakPassword(ctx, 'newPassword', input.newPassword, person);
  const passwordHash = await ctx.passwords.hash(input.newPassword);
  await ctx.tx(async (ctx) => {
    // Only from the password that was confirmed: a reset in the meantime wins, or a thief's change would undo it.
    await lockConfirmed(ctx, account);
    await ctx.db.update(accounts).set({ passwordHash }).where(eq(accounts.id, accountId));
    await voidAskedWithPassword(ctx, accountId);
    await endSessions(ctx, { accountId, except: sessionId, because: 'password-changed' });
    await audit(ctx, { action: 'account.password-changed', subjectType: 'account', subjectId: accountId });
    await sendMail(ctx, noticeMail, { accountId, notice: 'password-changed' });
  });
}

/**
 * The password once more, of somebody who is logged in. Limited before it is hashed.
 * @returns the account with the password that was confirmed.
 * @throws Problem 403 `invalid-credentials` (the session is good, so not a 401).
 */
export async function confirmPassword(ctx: Ctx, password: string): Promise<AccountRow> {
  const { accountId } = actorOf(ctx);
  await ctx.limits.take('password.account', accountId);
  const found = await findAccount(ctx, accountId);
  const good = await ctx.passwords.verify(password, found?.account.passwordHash ?? null);
  if (!good || found === null) throw wrongPassword();
  return found.account;
}

/**
 * Locks the account until the transaction ends, if its password is still the one that was confirmed: what is asked for with a password is not to
 * outlive its change. @throws Problem 403 `invalid-credentials`.
 */
export async function lockConfirmed(ctx: Ctx, { id, passwordHash }: AccountRow): Promise<void> {
  const { account } = await lockAccount(ctx, id);
  await holdSession(ctx);
  if (account.passwordHash !== passwordHash) throw wrongPassword();
}

export function wrongPassword(): Problem {
  return new Problem('invalid-credentials', { status: 403, detail: 'The current password is wrong.' });
}

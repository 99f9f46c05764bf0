import type { changePassword as contract, InputOf, ReplyOf } from '@openward/contracts';
import { eq } from 'drizzle-orm';
import { sendMail } from '#platform/mail/send-mail.ts';
import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { findAccount, nameOf } from './account.ts';
import { endSessions } from './end-sessions.ts';
import { noticeMail } from './mails/notices.ts';
import { refuseWeakPassword } from './refuse-weak-password.ts';
import { accounts } from './tables.ts';

/**
 * Ends the other sessions and mails a notice.
 * @throws Problem 403 `invalid-credentials` for a wrong current password, 400 `weak-password`.
 */
export async function changePassword(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { accountId, sessionId } = actorOf(ctx);
  const found = await findAccount(ctx, accountId);
  await confirmPassword(ctx, input.currentPassword);
  await refuseWeakPassword(input.newPassword, {
    fullName: nameOf(found?.account ?? { fullName: null }),
    email: found?.account.email ?? '',
  });
  const passwordHash = await ctx.passwords.hash(input.newPassword);
  await ctx.tx(async (ctx) => {
    await ctx.db.update(accounts).set({ passwordHash }).where(eq(accounts.id, accountId));
    await endSessions(ctx, { accountId, except: sessionId, because: 'password-changed' });
    await audit(ctx, { action: 'account.password-changed', subjectType: 'account', subjectId: accountId });
    await sendMail(ctx, noticeMail, { accountId, notice: 'password-changed' });
  });
}

/**
 * The password once more, of somebody who is logged in. Limited before it is hashed.
 * @throws Problem 403 `invalid-credentials` (the session is good, so not a 401).
 */
export async function confirmPassword(ctx: Ctx, password: string): Promise<void> {
  const { accountId } = actorOf(ctx);
  await ctx.limits.take('password.account', accountId);
  const found = await findAccount(ctx, accountId);
  if (await ctx.passwords.verify(password, found?.account.passwordHash ?? null)) return;
  throw new Problem('invalid-credentials', { status: 403, detail: 'The current password is wrong.' });
}

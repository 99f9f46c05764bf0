import type { resetPassword as contract, InputOf, ReplyOf } from '@openward/contracts';
import { eq } from 'drizzle-orm';
import { LineByKey } from '#platform/load/line.ts';
import { sendMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { lockAccount, nameOf } from '../accounts/account.ts';
import { type OpenLink, openLink, takeLink, voidAskedWithPassword } from '../links/email-link.ts';
import { markVerified } from '../links/verify-email.ts';
import { noticeMail } from '../mails/notices.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { accounts } from '../tables.ts';
import { refuseWeakPassword } from './refuse-weak-password.ts';

/**
 * Sets a password with a mailed link, of a forgotten password or a new account. Ends every session, voids what was
 * asked for with the old password, verifies the address.
 * @throws Problem 400 `invalid-token`, 400 `weak-password` (the link stays good).
 */
export async function resetPassword(
  ctx: Ctx,
  { token, newPassword }: InputOf<typeof contract>,
): Promise<ReplyOf<typeof contract>> {
  const { id, email, account } = await openLink(ctx, token, purposes);
  await refuseWeakPassword(ctx, 'newPassword', newPassword, { fullName: nameOf(account), email });
  await uses.through(id, async () => usedFor(ctx, await openLink(ctx, token, purposes), newPassword));
}

const purposes = ['reset-password', 'set-password'] as const;

/** Of a hundred who bring one link at once one has a password hashed; the others find it used, and take nobody's place among those who log in. */
const uses = new LineByKey();

async function usedFor(ctx: Ctx, link: OpenLink, newPassword: string): Promise<void> {
  const { account } = link;
  const passwordHash = await ctx.passwords.hash(newPassword);
  await ctx.tx(async (ctx) => {
    await lockAccount(ctx, account.id);
    await takeLink(ctx, link);
    await ctx.db.update(accounts).set({ passwordHash }).where(eq(accounts.id, account.id));
    await voidAskedWithPassword(ctx, account.id);
    if (account.emailVerifiedAt === null) await markVerified(ctx, account.id);
    await endSessions(ctx, { accountId: account.id, because: 'password-reset' });
    await audit(ctx, { action: 'account.password-reset', subjectType: 'account', subjectId: account.id });
    if (link.purpose === 'reset-password')
      await sendMail(ctx, noticeMail, { accountId: account.id, notice: 'password-changed' });
  });
}

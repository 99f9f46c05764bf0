import type { disableTotp as contract, InputOf, ReplyOf } from '@openward/contracts';
import { sendMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { lockAccount } from './account.ts';
import { confirmPassword, wrongPassword } from './change-password.ts';
import { announceChange } from './end-sessions.ts';
import { noticeMail } from './mails/notices.ts';
import { notEnabled, removeSecondFactor, takeSecondFactor, wrongCode } from './second-factor.ts';
import { recordSecurityEvent } from './security-event.ts';

/**
 * Turns the second factor off: with the password and a code, or a recovery code for who has lost the phone.
 * @throws Problem 403 `invalid-credentials`, 409 `mfa-not-enabled`.
 */
export async function disableTotp(
  ctx: Ctx,
  { password, code }: InputOf<typeof contract>,
): Promise<ReplyOf<typeof contract>> {
  const { id: accountId, passwordHash } = await confirmPassword(ctx, password);
  await ctx.limits.take('totp.account', accountId);
  await ctx.tx(async (ctx) => {
    const { account } = await lockAccount(ctx, accountId);
    if (account.passwordHash !== passwordHash) throw wrongPassword();
    if (account.mfaEnabledAt === null) throw notEnabled();
    if (!(await takeSecondFactor(ctx, accountId, code))) throw wrongCode();
    await removeSecondFactor(ctx, accountId);
    await audit(ctx, { action: 'account.mfa-disabled', subjectType: 'account', subjectId: accountId });
    await recordSecurityEvent(ctx, { kind: 'mfa-disabled', accountId });
    await sendMail(ctx, noticeMail, { accountId, notice: 'mfa-disabled' });
    // Where the role needs a factor, calls and open sockets are looked at again.
    await announceChange(ctx, accountId);
  });
}

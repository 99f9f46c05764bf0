import type { disableTotp as contract, InputOf, ReplyOf } from '@openward/contracts';
import { eq } from 'drizzle-orm';
import { sendMail } from '#platform/mail/send-mail.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { recordSecurityEvent } from '../events/security-event.ts';
import { noticeMail } from '../mails/notices.ts';
import { confirmPassword, lockConfirmed } from '../passwords/change-password.ts';
import { totpFactors } from '../tables.ts';
import { endFactorsIfNone } from './factors.ts';
import { findTotpFactor, isOn, limitCode, notEnabled, takeSecondFactor, wrongCode } from './second-factor.ts';

/**
 * Turns TOTP off: with the password and a code, or a recovery code for who has lost the phone.
 * @throws Problem 403 `invalid-credentials`, 409 `mfa-not-enabled`.
 */
export async function disableTotp(
  ctx: Ctx,
  { password, code }: InputOf<typeof contract>,
): Promise<ReplyOf<typeof contract>> {
  const confirmed = await confirmPassword(ctx, password);
  const { id: accountId } = confirmed;
  await limitCode(ctx, accountId, actorOf(ctx).sessionId);
  await ctx.tx(async (ctx) => {
    await lockConfirmed(ctx, confirmed);
    const factor = await findTotpFactor(ctx, accountId);
    if (factor === null || !isOn(factor)) throw notEnabled();
    if (!(await takeSecondFactor(ctx, accountId, code))) throw wrongCode();
    await ctx.db.delete(totpFactors).where(eq(totpFactors.accountId, accountId));
    if (await endFactorsIfNone(ctx, accountId)) return;
    await audit(ctx, { action: 'account.totp-removed', subjectType: 'account', subjectId: accountId });
    await recordSecurityEvent(ctx, { kind: 'totp-removed', accountId });
    await sendMail(ctx, noticeMail, { accountId, notice: 'totp-removed' });
  });
}

import type { resetSecondFactor as contract, InputOf } from '@openward/contracts';
import { sendMail } from '#platform/mail/send-mail.ts';
import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { lockAccount } from '../accounts/account.ts';
import { holdActorBefore } from '../accounts/hold-actor.ts';
import { recordSecurityEvent } from '../events/security-event.ts';
import { noticeMail } from '../mails/notices.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { forgetFactors } from './factors.ts';
import { notEnabled } from './second-factor.ts';

/**
 * An admin turns off every second factor, passkeys too, of somebody who has lost theirs; their sessions end. Not one's own:
 * that takes password and code, or a fresh authentication.
 * @throws Problem 404, 409 `own-account`, 409 `mfa-not-enabled`.
 */
export async function resetSecondFactor(ctx: Ctx, { id, reason }: InputOf<typeof contract>): Promise<undefined> {
  const { accountId: adminId } = actorOf(ctx);
  if (adminId === id) throw new Problem('own-account', { detail: 'Use a recovery code, or ask another admin.' });
  await ctx.tx(async (ctx) => {
    await holdActorBefore(ctx, id);
    const { account } = await lockAccount(ctx, id);
    if (account.mfaEnabledAt === null) throw notEnabled();
    await forgetFactors(ctx, id);
    await endSessions(ctx, { accountId: id, because: 'mfa-reset' });
    await audit(ctx, { action: 'account.mfa-reset', subjectType: 'account', subjectId: id, details: { reason } });
    await recordSecurityEvent(ctx, { kind: 'mfa-reset', accountId: id, details: { adminId } });
    await sendMail(ctx, noticeMail, { accountId: id, notice: 'mfa-reset' });
  });
}

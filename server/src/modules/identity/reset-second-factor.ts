import type { resetSecondFactor as contract, InputOf } from '@openward/contracts';
import { sendMail } from '#platform/mail/send-mail.ts';
import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { lockAccount } from './account.ts';
import { endSessions } from './end-sessions.ts';
import { noticeMail } from './mails/notices.ts';
import { notEnabled, removeSecondFactor } from './second-factor.ts';
import { recordSecurityEvent } from './security-event.ts';

/**
 * An admin turns off the second factor of somebody who has lost it; their sessions end. Not one's own: that takes password
 * and code.
 * @throws Problem 404, 409 `own-account`, 409 `mfa-not-enabled`.
 */
export async function resetSecondFactor(ctx: Ctx, { id, reason }: InputOf<typeof contract>): Promise<undefined> {
  const { accountId: adminId } = actorOf(ctx);
  if (adminId === id) throw new Problem('own-account', { detail: 'Use a recovery code, or ask another admin.' });
  await ctx.tx(async (ctx) => {
    const { account } = await lockAccount(ctx, id);
    if (account.mfaEnabledAt === null) throw notEnabled();
    await removeSecondFactor(ctx, id);
    await endSessions(ctx, { accountId: id, because: 'mfa-reset' });
    await audit(ctx, { action: 'account.mfa-reset', subjectType: 'account', subjectId: id, details: { reason } });
    await recordSecurityEvent(ctx, { kind: 'mfa-reset', accountId: id, details: { adminId } });
    await sendMail(ctx, noticeMail, { accountId: id, notice: 'mfa-reset' });
  });
}

import type { confirmTotp as contract, InputOf, ReplyOf } from '@openward/contracts';
import { sendMail } from '#platform/mail/send-mail.ts';
import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { lockActor } from '../accounts/hold-actor.ts';
import { recordSecurityEvent } from '../events/security-event.ts';
import { noticeMail } from '../mails/notices.ts';
import { holdSession } from '../sessions/hold-session.ts';
import { beginFactors } from './factors.ts';
import { findTotpFactor, isOn, type TotpFactor, takeTotp } from './second-factor.ts';
import { alreadyEnabled } from './set-up-totp.ts';

/** A secret that was shown longer ago is not trusted to have stayed between two. Far less than `cleanUp` waits. */
const pendingForMs = 60 * 60 * 1000;

/**
 * Turns TOTP on with its first code, which is used up by that: from now on logging in takes one.
 * @returns the recovery codes where it is the first factor of the account, not to be shown again.
 * @throws Problem 403 `invalid-credentials`, 409 `mfa-already-enabled`, 409 `mfa-not-enabled` when none was begun.
 */
export async function confirmTotp(ctx: Ctx, { code }: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { accountId } = actorOf(ctx);
  // Apart from the other tries: here the caller has the secret, and guessing wins nothing.
  await ctx.limits.take('totp.account', `confirm:${accountId}`);
  return ctx.tx(async (ctx) => {
    const { account } = await lockActor(ctx);
    await holdSession(ctx);
    const factor = await findTotpFactor(ctx, accountId);
    if (factor !== null && isOn(factor)) throw alreadyEnabled();
    if (factor === null || isStale(ctx, factor)) {
      throw new Problem('mfa-not-enabled', { detail: 'Begin with POST /auth/mfa/totp; it is good for an hour.' });
    }
    if (!(await takeTotp(ctx, factor, code))) {
      throw new Problem('invalid-credentials', {
        status: 403,
        detail: 'The code is wrong. Check that the clock of your phone is right, and take the next code.',
      });
    }
    const isFirst = account.mfaEnabledAt === null;
    if (!isFirst) {
      await audit(ctx, { action: 'account.totp-added', subjectType: 'account', subjectId: accountId });
      await recordSecurityEvent(ctx, { kind: 'totp-added', accountId });
    }
    await sendMail(ctx, noticeMail, { accountId, notice: isFirst ? 'mfa-enabled' : 'totp-added' });
    return { recoveryCodes: await beginFactors(ctx, account) };
  });
}

function isStale(ctx: Ctx, { createdAt }: TotpFactor): boolean {
  return ctx.clock.now().getTime() - Date.parse(createdAt) > pendingForMs;
}

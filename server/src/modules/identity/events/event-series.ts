import { addressKey } from '#platform/limits/address-key.ts';
import { RateLimited } from '#platform/limits/limiter.ts';
import { sendMail } from '#platform/mail/send-mail.ts';
import type { Actor, Ctx } from '#server/context.ts';
import type { LimitName } from '#server/limits.ts';
import { noticeMail } from '../mails/notices.ts';
import { recordSecurityEvent, type SecurityEvent } from './security-event.ts';

/**
 * Writes a security event down and looks whether it completes a series: what says little alone says much in a row. Wrong
 * passwords and codes count for the account that they were tried on, whose owner is told, and for the address that
 * they came from, which finds who tries one password on many accounts (ASVS 6.3.5).
 * @param email that was tried, where there is no account of it.
 */
export async function recordFailedLogin(
  ctx: Ctx,
  event: SecurityEvent & { kind: 'login-failed' | 'second-factor-failed' },
  email?: string,
): Promise<void> {
  await recordSecurityEvent(ctx, event);
  const { accountId } = event;
  const tried = accountId ?? email;
  if (tried !== undefined) ctx.guard.note(ctx, { kind: 'login-failed', what: tried });
  if (await completesSeries(ctx, 'series.login-failed.address', addressKey(ctx.origin.ip ?? ''))) {
    await recordSecurityEvent(ctx, { kind: 'login-failures-in-series', accountId: null });
  }
  if (accountId === null || !(await completesSeries(ctx, 'series.login-failed.account', accountId))) return;
  await recordSecurityEvent(ctx, { kind: 'login-failures-in-series', accountId });
  if (await ctx.limits.allows('login-alert.account', accountId))
    await sendMail(ctx, noticeMail, { accountId, notice: 'login-failures' });
}

/** Somebody called what another role is for. Once is a slip; in a row it is a search for a door that was left open. */
export async function recordWrongRole(ctx: Ctx, { accountId, role }: Actor): Promise<void> {
  if (await completesSeries(ctx, 'series.wrong-role.account', accountId))
    await recordSecurityEvent(ctx, { kind: 'role-probing', accountId, details: { role } });
}

/** True for the one call that takes the last point of the window, on whatever node: neither before it nor after. */
async function completesSeries(ctx: Ctx, name: LimitName, key: string): Promise<boolean> {
  try {
    return (await ctx.limits.take(name, key)).remaining === 0;
  } catch (error) {
    if (error instanceof RateLimited) return false;
    throw error;
  }
}

import type { forgotPassword, InputOf, ReplyOf, resendVerification as resendContract } from '@openward/contracts';
import { job } from '#platform/jobs/jobs.ts';
import { addressKey } from '#platform/limits/address-key.ts';
import { sendMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { findAccountByEmail, lockAccount, normalEmail } from '../accounts/account.ts';
import { linkMail } from '../mails/link-mails.ts';
import type { LinkPurpose } from '../tables.ts';
import { issueLink } from './email-link.ts';

/** Mails a new verification link. The same answer for any address (ASVS 6.3.8). */
export async function resendVerification(
  ctx: Ctx,
  { email }: InputOf<typeof resendContract>,
): Promise<ReplyOf<typeof resendContract>> {
  await askForLink(ctx, email, 'verify-email');
  return { status: 'check-your-email' };
}

/** Mails a link to choose a new password. The same answer for any address. */
export async function requestPasswordReset(
  ctx: Ctx,
  { email }: InputOf<typeof forgotPassword>,
): Promise<ReplyOf<typeof forgotPassword>> {
  await askForLink(ctx, email, 'reset-password');
  return { status: 'check-your-email' };
}

/** Sends a link of the purpose; to nobody when there is no such account. */
export const mailLinkJob = job<{ accountId: string | null; purpose: LinkPurpose }>('identity.mail-link');

/**
 * Does the same for an address that is known and one that is not: the limits, a look, a job. Who measures how long it takes
 * learns nothing; what differs is done by the worker.
 */
async function askForLink(ctx: Ctx, address: string, purpose: LinkPurpose): Promise<void> {
  if (!(await ctx.limits.allows('mail.address', addressKey(ctx.origin.ip ?? '')))) return;
  if (!(await ctx.limits.allows('mail.recipient', `${purpose}:${normalEmail(address)}`))) return;
  const found = await findAccountByEmail(ctx, address);
  await ctx.jobs.send(mailLinkJob, { accountId: found?.account.id ?? null, purpose });
}

/** The worker's side of it. */
export async function mailLink(
  ctx: Ctx,
  { accountId, purpose }: NonNullable<typeof mailLinkJob.payload>,
): Promise<void> {
  if (accountId === null) return;
  await ctx.tx(async (ctx) => {
    const { account } = await lockAccount(ctx, accountId);
    const { email, emailVerifiedAt } = account;
    if (email === null || (purpose === 'verify-email' && emailVerifiedAt !== null)) return;
    const linkId = await issueLink(ctx, { accountId, purpose, email });
    await sendMail(ctx, linkMail, { linkId });
  });
}

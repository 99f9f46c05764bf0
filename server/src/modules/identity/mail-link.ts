import type { forgotPassword, InputOf, ReplyOf, resendVerification as resendContract } from '@openward/contracts';
import { sendMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { type AccountWithBan, findAccountByEmail } from './account.ts';
import { issueLink } from './email-link.ts';
import { linkMail } from './mails/link-mails.ts';
import type { LinkPurpose } from './tables.ts';

/** Mails a new verification link. The same answer for any address (ASVS 6.3.8). */
export async function resendVerification(
  ctx: Ctx,
  { email }: InputOf<typeof resendContract>,
): Promise<ReplyOf<typeof resendContract>> {
  await mailLinkTo(ctx, email, 'verify-email', ({ account }) => account.emailVerifiedAt === null);
  return { status: 'check-your-email' };
}

/** Mails a link to choose a new password. The same answer for any address. */
export async function requestPasswordReset(
  ctx: Ctx,
  { email }: InputOf<typeof forgotPassword>,
): Promise<ReplyOf<typeof forgotPassword>> {
  await mailLinkTo(ctx, email, 'reset-password', () => true);
  return { status: 'check-your-email' };
}

async function mailLinkTo(
  ctx: Ctx,
  address: string,
  purpose: LinkPurpose,
  wanted: (found: AccountWithBan) => boolean,
): Promise<void> {
  const found = await findAccountByEmail(ctx, address);
  const email = found?.account.email ?? null;
  if (found === null || email === null || !wanted(found)) return;
  if (!(await ctx.limits.allows('mail.recipient', `${purpose}:${email}`))) return;
  await ctx.tx(async (ctx) => {
    const linkId = await issueLink(ctx, { accountId: found.account.id, purpose, email });
    await sendMail(ctx, linkMail, { linkId });
  });
}

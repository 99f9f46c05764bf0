import { and, eq, isNull, sql } from 'drizzle-orm';
import type { MailContent } from '#platform/mail/mail.ts';
import { defineMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { accounts, emailLinks, type LinkPurpose } from '../tables.ts';

type Words = { subject: string; paragraphs: (name: string) => string[]; label: string };

const words: Record<LinkPurpose, Words> = {
  'verify-email': {
    subject: 'Confirm your address',
    paragraphs: (name) => [`Hello ${name},`, 'confirm that this address is yours. The link is good for 24 hours.'],
    label: 'Confirm the address',
  },
  'reset-password': {
    subject: 'Choose a new password',
    paragraphs: (name) => [
      `Hello ${name},`,
      'somebody, we hope you, asked for a new password. The link is good for 20 minutes. If it was not you, do nothing: the password stays as it is.',
    ],
    label: 'Choose a new password',
  },
  'set-password': {
    subject: 'Your account is ready',
    paragraphs: (name) => [
      `Hello ${name},`,
      'an account was made for you. Choose a password to use it. The link is good for 20 minutes; after that, ask for a new one under “Forgot password”.',
    ],
    label: 'Choose a password',
  },
  'confirm-email': {
    subject: 'Confirm your new address',
    paragraphs: (name) => [`Hello ${name},`, 'confirm that this is your new address. The link is good for 20 minutes.'],
    label: 'Confirm the new address',
  },
  'confirm-deletion': {
    subject: 'Confirm that you want to delete your account',
    paragraphs: (name) => [
      `Hello ${name},`,
      'you asked us to delete your account. This cannot be undone. The link is good for 20 minutes. If it was not you, change your password now.',
    ],
    label: 'Delete the account',
  },
  'undo-email-change': {
    subject: 'Your address was changed',
    paragraphs: (name) => [
      `Hello ${name},`,
      'your account uses another address from now on, and your other devices were logged out. If it was you, do nothing.',
      'If it was not you, undo it with this link: this address counts again, everybody is logged out, and you choose a new password. The link is good for seven days, whatever is changed in the account meanwhile.',
    ],
    label: 'It was not me: undo the change',
  },
};

/** The mail of any link: the token goes into the fragment, which browsers send to nobody. */
export const linkMail = defineMail<{ linkId: string }>('link', async (ctx, { linkId }): Promise<MailContent | null> => {
  const [row] = await ctx.db
    .select({ link: emailLinks, account: accounts })
    .from(emailLinks)
    .innerJoin(accounts, eq(accounts.id, emailLinks.accountId))
    .where(and(eq(emailLinks.id, linkId), isNull(emailLinks.usedAt), sql`${emailLinks.expiresAt} > now()`));
  if (row === undefined || row.account.deletedAt !== null) return null;
  const { subject, paragraphs, label } = words[row.link.purpose];
  const url = await linkUrl(ctx, row.link, row.account.role);
  return { to: row.link.email, subject, paragraphs: paragraphs(row.account.fullName ?? ''), action: { label, url } };
});

/** The portal's page for a link. PUBLIC_URL only: never a Host header. */
export async function linkUrl(ctx: Ctx, link: typeof emailLinks.$inferSelect, role: string): Promise<string> {
  const { token } = await ctx.tokens.mintEmail({
    sub: link.accountId,
    role,
    purpose: link.purpose,
    jti: link.id,
    issuedAt: new Date(link.createdAt),
  });
  return new URL(`/${link.purpose}#token=${token}`, ctx.config.http.publicUrl).href;
}

import { eq } from 'drizzle-orm';
import { defineMail } from '#platform/mail/send-mail.ts';
import { nameOf } from '../account.ts';
import { accounts, emailLinks } from '../tables.ts';

const words = {
  asked: {
    subject: 'Somebody wants to change your address',
    text: 'somebody, we hope you, asked to use another address for your account. Until that address is confirmed, nothing changes. If it was not you, change your password now.',
  },
  done: {
    subject: 'Your address was changed',
    text: 'your account uses another address from now on, and your other devices were logged out. If it was not you, write to the clinic at once.',
  },
} as const;

/** Tells the old address that another is to take its place, and again when it has. */
export const emailChangeMail = defineMail<{ linkId: string; when: keyof typeof words }>(
  'email-change',
  async (ctx, { linkId, when }) => {
    const [row] = await ctx.db
      .select({ to: emailLinks.previousEmail, account: accounts })
      .from(emailLinks)
      .innerJoin(accounts, eq(accounts.id, emailLinks.accountId))
      .where(eq(emailLinks.id, linkId));
    if (row === undefined || row.to === null) return null;
    const { subject, text } = words[when];
    return { to: row.to, subject, paragraphs: [`Hello ${nameOf(row.account)},`, text] };
  },
);

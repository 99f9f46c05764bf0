import { eq } from 'drizzle-orm';
import { defineMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { nameOf } from '../accounts/account.ts';
import { accounts, emailLinks } from '../tables.ts';

const words = {
  asked: {
    subject: 'Somebody wants to change your address',
    text: 'somebody, we hope you, asked to use another address for your account. Until that address is confirmed, nothing changes. If it was not you, change your password now.',
  },
  restored: {
    subject: 'Your address is back',
    text: 'the change of your address was undone: your account uses this one again. All devices were logged out and the password counts no more. Choose a new one with the link in our other mail, or under “Forgot password”, and look at your second factor and your profile.',
  },
  undone: {
    subject: 'The change of your address was undone',
    text: 'whoever has the address that your account had before has taken the change back: the account no longer uses this address, and all devices were logged out. If the account is yours and you did not want this, write to the clinic at once.',
  },
} as const;

/**
 * What happens to an account's address. `asked`: to the old one, that another is to take its place. `restored` and `undone`: to
 * the old one that counts again, and to the one that counted until now.
 */
export const emailChangeMail = defineMail<{ linkId: string; when: keyof typeof words }>(
  'email-change',
  async (ctx, { linkId, when }) => {
    const found = await findLink(ctx, linkId);
    const to = when === 'restored' ? found?.link.email : found?.link.previousEmail;
    if (found === undefined || to === undefined || to === null) return null;
    const { subject, text } = words[when];
    return { to, subject, paragraphs: [`Hello ${nameOf(found.account)},`, text] };
  },
);

/** Tells somebody who wants an address that it is kept for the account that had it. Says nothing of whose account that is. */
export const addressKeptMail = defineMail<{ linkId: string }>('address-kept', async (ctx, { linkId }) => {
  const found = await findLink(ctx, linkId);
  if (found === undefined) return null;
  const until = `${found.link.expiresAt.slice(0, 16).replace('T', ' ')} UTC`;
  return {
    to: found.link.email,
    subject: 'This address is kept for its last account',
    paragraphs: [
      'Hello,',
      `somebody, perhaps you, wants to use this address for an account. An account that had it has changed to another one, and until ${until} that change can be undone with the link that we mailed here. If the change was not yours, undo it now; if you want the address for another account, try again after that time.`,
    ],
  };
});

async function findLink(ctx: Ctx, linkId: string) {
  const [found] = await ctx.db
    .select({ link: emailLinks, account: accounts })
    .from(emailLinks)
    .innerJoin(accounts, eq(accounts.id, emailLinks.accountId))
    .where(eq(emailLinks.id, linkId));
  return found;
}

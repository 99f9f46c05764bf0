import { eq } from 'drizzle-orm';
import { fill, inUtc, writtenTime } from '#platform/mail/mail-texts.ts';
import { defineMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { languageOf } from '../accounts/account.ts';
import { accounts, emailLinks } from '../tables.ts';
import { texts } from './texts/texts.ts';

/**
 * What happens to an account's address. `asked`: to the old one, that another is to take its place. `restored` and `undone`: to
 * the old one that counts again, and to the one that counted until now.
 */
export const emailChangeMail = defineMail<{ linkId: string; when: 'asked' | 'restored' | 'undone' }>(
  'email-change',
  async (ctx, { linkId, when }) => {
    const found = await findLink(ctx, linkId);
    const to = when === 'restored' ? found?.link.email : found?.link.previousEmail;
    if (found === undefined || to === undefined || to === null) return null;
    const language = languageOf(found.account);
    const { subject, text } = texts[language].emailChange[when];
    return { to, language, name: found.account.fullName, subject, paragraphs: [text] };
  },
);

/** Tells somebody who wants an address that it is kept for the account that had it. Says nothing of whose account that is. */
export const addressKeptMail = defineMail<{ linkId: string }>('address-kept', async (ctx, { linkId }) => {
  const found = await findLink(ctx, linkId);
  if (found === undefined) return null;
  // Of the one whose address it was: who wants it now is nobody yet.
  const language = languageOf(found.account);
  const { subject, text } = texts[language].addressKept;
  const until = writtenTime(language, found.link.expiresAt, inUtc);
  return { to: found.link.email, language, name: null, subject, paragraphs: [fill(language, text, { until })] };
});

async function findLink(ctx: Ctx, linkId: string) {
  const [found] = await ctx.db
    .select({ link: emailLinks, account: accounts })
    .from(emailLinks)
    .innerJoin(accounts, eq(accounts.id, emailLinks.accountId))
    .where(eq(emailLinks.id, linkId));
  return found;
}

import { and, eq, isNull, sql } from 'drizzle-orm';
import type { MailContent } from '#platform/mail/mail.ts';
import { defineMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { languageOf } from '../accounts/account.ts';
import { accounts, emailLinks } from '../tables.ts';
import { texts } from './texts/texts.ts';

/** The mail of any link: the token goes into the fragment, which browsers send to nobody. */
export const linkMail = defineMail<{ linkId: string }>('link', async (ctx, { linkId }): Promise<MailContent | null> => {
  const [row] = await ctx.db
    .select({ link: emailLinks, account: accounts })
    .from(emailLinks)
    .innerJoin(accounts, eq(accounts.id, emailLinks.accountId))
    .where(and(eq(emailLinks.id, linkId), isNull(emailLinks.usedAt), sql`${emailLinks.expiresAt} > now()`));
  if (row === undefined || row.account.deletedAt !== null) return null;
  const { link, account } = row;
  const language = languageOf(account);
  const { subject, paragraphs, label } = texts[language].links[link.purpose];
  const url = await linkUrl(ctx, link, account.role);
  return { to: link.email, language, name: account.fullName, subject, paragraphs, action: { label, url } };
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

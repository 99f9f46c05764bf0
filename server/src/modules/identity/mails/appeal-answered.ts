import { eq } from 'drizzle-orm';
import { defineMail } from '#platform/mail/send-mail.ts';
import { readerOf } from '../accounts/account.ts';
import { accounts, banAppeals, bans } from '../tables.ts';
import { texts } from './texts/texts.ts';

/** What an admin answered to an appeal against a ban. */
export const appealMail = defineMail<{ banId: string }>('appeal-answered', async (ctx, { banId }) => {
  const [row] = await ctx.db
    .select({ appeal: banAppeals, account: accounts })
    .from(banAppeals)
    .innerJoin(bans, eq(bans.id, banAppeals.banId))
    .innerJoin(accounts, eq(accounts.id, bans.accountId))
    .where(eq(banAppeals.banId, banId));
  const reader = row === undefined ? null : readerOf(row.account);
  if (row === undefined || reader === null) return null;
  const { appeal, labels } = texts[reader.language];
  const { subject, text } = appeal[row.appeal.decision ?? 'keep'];
  const answer = (row.appeal.answer ?? '').split(/\n+/).filter((line) => line.trim() !== '');
  return {
    ...reader,
    subject,
    paragraphs: [text, ...answer],
    action: { label: labels.logIn, url: new URL('/login', ctx.config.http.publicUrl).href },
  };
});

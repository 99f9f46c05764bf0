import { eq } from 'drizzle-orm';
import { defineMail } from '#platform/mail/send-mail.ts';
import { nameOf } from '../accounts/account.ts';
import { accounts, banAppeals, bans } from '../tables.ts';

/** What an admin answered to an appeal against a ban. */
export const appealMail = defineMail<{ banId: string }>('appeal-answered', async (ctx, { banId }) => {
  const [row] = await ctx.db
    .select({ appeal: banAppeals, account: accounts })
    .from(banAppeals)
    .innerJoin(bans, eq(bans.id, banAppeals.banId))
    .innerJoin(accounts, eq(accounts.id, bans.accountId))
    .where(eq(banAppeals.banId, banId));
  if (row === undefined || row.account.email === null) return null;
  const isLifted = row.appeal.decision === 'lift';
  return {
    to: row.account.email,
    subject: isLifted ? 'Your ban is lifted' : 'Your ban stays',
    paragraphs: [
      `Hello ${nameOf(row.account)},`,
      isLifted
        ? 'we have looked at your ban again and lifted it. You can log in.'
        : 'we have looked at your ban again, and it stays. When you log in you see until when.',
      ...(row.appeal.answer ?? '').split(/\n+/).filter((line) => line.trim() !== ''),
    ],
    action: { label: 'Log in', url: new URL('/login', ctx.config.http.publicUrl).href },
  };
});

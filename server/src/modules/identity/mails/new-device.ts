import { eq } from 'drizzle-orm';
import { defineMail } from '#platform/mail/send-mail.ts';
import { nameOf } from '../accounts/account.ts';
import { deviceOf } from '../sessions/device.ts';
import { accounts, sessions } from '../tables.ts';

/** Tells somebody of a login from a device that the account has not been used on before. */
export const newDeviceMail = defineMail<{ sessionId: string }>('new-device', async (ctx, { sessionId }) => {
  const [row] = await ctx.db
    .select({ session: sessions, account: accounts })
    .from(sessions)
    .innerJoin(accounts, eq(accounts.id, sessions.accountId))
    .where(eq(sessions.id, sessionId));
  if (row === undefined || row.account.email === null) return null;
  const { createdAt, ip, userAgent } = row.session;
  const when = `${createdAt.slice(0, 16).replace('T', ' ')} UTC`;
  return {
    to: row.account.email,
    subject: 'A login from a new device',
    paragraphs: [
      `Hello ${nameOf(row.account)},`,
      `somebody, we hope you, logged in to your account on a device or in a place that it was not used from lately: ${deviceOf(userAgent)}, on ${when}, from the address ${ip ?? 'unknown'}.`,
      'If it was you, do nothing. If it was not, end that session in the list of your sessions and change your password at once.',
    ],
    action: { label: 'See your sessions', url: new URL('/sessions', ctx.config.http.publicUrl).href },
  };
});

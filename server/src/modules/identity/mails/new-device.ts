import type { Language } from '@openward/contracts';
import { eq } from 'drizzle-orm';
import { fill, inUtc, writtenTime } from '#platform/mail/mail-texts.ts';
import { defineMail } from '#platform/mail/send-mail.ts';
import { readerOf } from '../accounts/account.ts';
import { devicePartsOf } from '../sessions/device.ts';
import { accounts, sessions } from '../tables.ts';
import { texts } from './texts/texts.ts';

/** Tells somebody of a login from a device that the account has not been used on before. */
export const newDeviceMail = defineMail<{ sessionId: string }>('new-device', async (ctx, { sessionId }) => {
  const [row] = await ctx.db
    .select({ session: sessions, account: accounts })
    .from(sessions)
    .innerJoin(accounts, eq(accounts.id, sessions.accountId))
    .where(eq(sessions.id, sessionId));
  const reader = row === undefined ? null : readerOf(row.account);
  if (row === undefined || reader === null) return null;
  const { language } = reader;
  const { createdAt, ip, userAgent } = row.session;
  const { subject, paragraphs, unknownAddress, label } = texts[language].newDevice;
  const values = {
    device: deviceIn(language, userAgent),
    when: writtenTime(language, createdAt, inUtc),
    ip: ip ?? unknownAddress,
  };
  return {
    ...reader,
    subject,
    paragraphs: paragraphs.map((text) => fill(language, text, values)),
    action: { label, url: new URL('/sessions', ctx.config.http.publicUrl).href },
  };
});

function deviceIn(language: Language, userAgent: string | null): string {
  const { name, system } = devicePartsOf(userAgent);
  const { unknown, unknownBrowser, on } = texts[language].newDevice.device;
  if (system === undefined) return name ?? unknown;
  return fill(language, on, { name: name ?? unknownBrowser, system });
}

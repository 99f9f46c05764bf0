import { fill } from '#platform/mail/mail-texts.ts';
import { defineMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { findAccount, readerOf } from '../accounts/account.ts';
import { texts } from './texts/texts.ts';

/** So many are few enough to say where there are more. */
const fewCodes = 3;

/** Tells somebody that one of their recovery codes was used, and how many were left then. */
export const recoveryCodeMail = defineMail<{ accountId: string; left: number }>(
  'recovery-code-used',
  async (ctx: Ctx, { accountId, left }) => {
    const found = await findAccount(ctx, accountId);
    const reader = found === null ? null : readerOf(found.account);
    if (reader === null) return null;
    const { recoveryCode, labels } = texts[reader.language];
    const { subject, used, few, notYou } = recoveryCode;
    return {
      ...reader,
      subject,
      paragraphs: [fill(reader.language, used, { count: left }), ...(left > fewCodes ? [] : [few]), notYou],
      action: { label: labels.notMe, url: new URL('/forgot-password', ctx.config.http.publicUrl).href },
    };
  },
);

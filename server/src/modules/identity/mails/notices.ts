import type { MailContent } from '#platform/mail/mail.ts';
import { defineMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { findAccount, readerOf } from '../accounts/account.ts';
import { texts } from './texts/texts.ts';

export type Notice = keyof typeof texts.en.notices;

/** Where somebody goes who did not expect it, or wants to know more. */
const actions: Readonly<Record<Notice, { page: string; label: keyof typeof texts.en.labels }>> = {
  'already-registered': { page: '/login', label: 'logIn' },
  'password-changed': { page: '/forgot-password', label: 'notMe' },
  'login-failures': { page: '/forgot-password', label: 'notMe' },
  'sessions-ended-for-safety': { page: '/login', label: 'logIn' },
  'sessions-ended-by-admin': { page: '/login', label: 'logIn' },
  'mfa-enabled': { page: '/forgot-password', label: 'notMe' },
  'mfa-disabled': { page: '/forgot-password', label: 'notMe' },
  'totp-added': { page: '/forgot-password', label: 'notMe' },
  'totp-removed': { page: '/forgot-password', label: 'notMe' },
  'passkey-added': { page: '/login', label: 'notMe' },
  'passkey-removed': { page: '/forgot-password', label: 'notMe' },
  'passkey-cloned': { page: '/login', label: 'logIn' },
  'mfa-reset': { page: '/login', label: 'logIn' },
  'appeal-received': { page: '/forgot-password', label: 'notMe' },
  banned: { page: '/login', label: 'seeWhy' },
};

/** Short notices to an account's own address: what happened, and what to do if it was not expected. */
export const noticeMail = defineMail<{ accountId: string; notice: Notice }>(
  'notice',
  async (ctx: Ctx, { accountId, notice }): Promise<MailContent | null> => {
    const found = await findAccount(ctx, accountId);
    const reader = found === null ? null : readerOf(found.account);
    if (reader === null) return null;
    const { notices, labels } = texts[reader.language];
    const { subject, text } = notices[notice];
    const { page, label } = actions[notice];
    return {
      ...reader,
      subject,
      paragraphs: [text],
      action: { label: labels[label], url: new URL(page, ctx.config.http.publicUrl).href },
    };
  },
);

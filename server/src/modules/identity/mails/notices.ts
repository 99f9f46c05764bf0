import type { MailContent } from '#platform/mail/mail.ts';
import { defineMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { findAccount } from '../accounts/account.ts';

const notices = {
  'already-registered': {
    subject: 'You already have an account',
    text: 'somebody, perhaps you, tried to register with this address. You have an account already: log in, or choose a new password under “Forgot password”. If it was not you, nothing has happened.',
    page: '/login',
    label: 'Log in',
  },
  'password-changed': {
    subject: 'Your password was changed',
    text: 'your password was changed and all your other devices were logged out. If it was not you, choose a new password at once under “Forgot password”.',
    page: '/forgot-password',
    label: 'It was not me',
  },
  'login-failures': {
    subject: 'Several failed logins',
    text: 'somebody tried to log in to your account several times with a wrong password or code. Your account is not locked. If it was you, there is nothing to do. If not, choose a long password that you use nowhere else under “Forgot password”, and turn on a second factor.',
    page: '/forgot-password',
    label: 'It was not me',
  },
  'sessions-ended-for-safety': {
    subject: 'We logged a device out',
    text: 'a login of yours was used in a way that a copied one would be, so we ended it. Log in again. If you did not expect this, change your password.',
    page: '/login',
    label: 'Log in',
  },
  'sessions-ended-by-admin': {
    subject: 'You were logged out',
    text: 'an admin has logged all your devices out. You can log in again. If you do not know why, write to the clinic.',
    page: '/login',
    label: 'Log in',
  },
  'mfa-enabled': {
    subject: 'Your second factor is on',
    text: 'from now on, logging in takes a code of your authenticator beside the password. Keep the recovery codes where you find them without your phone. If it was not you, choose a new password at once under “Forgot password” and write to the clinic.',
    page: '/forgot-password',
    label: 'It was not me',
  },
  'mfa-disabled': {
    subject: 'Your second factor is off',
    text: 'from now on, the password alone is enough to log in. If it was not you, choose a new password at once under “Forgot password”.',
    page: '/forgot-password',
    label: 'It was not me',
  },
  'totp-added': {
    subject: 'An authenticator was added',
    text: 'from now on, codes of an authenticator are good as your second factor too, beside your passkeys. If it was not you, choose a new password at once under “Forgot password” and write to the clinic.',
    page: '/forgot-password',
    label: 'It was not me',
  },
  'totp-removed': {
    subject: 'Your authenticator was removed',
    text: 'codes of your authenticator are good no more; your passkeys stay. If it was not you, choose a new password at once under “Forgot password” and write to the clinic.',
    page: '/forgot-password',
    label: 'It was not me',
  },
  'passkey-added': {
    subject: 'A passkey was added',
    text: 'a passkey was added to your account. It logs you in by itself, and beside the password it is your second factor. If it was not you, a new password is not enough: log in, remove the passkey, then change the password, and write to the clinic.',
    page: '/login',
    label: 'It was not me',
  },
  'passkey-removed': {
    subject: 'A passkey was removed',
    text: 'a passkey was removed from your account: it logs in no more. If it was not you, choose a new password at once under “Forgot password” and write to the clinic.',
    page: '/forgot-password',
    label: 'It was not me',
  },
  'passkey-cloned': {
    subject: 'We refused one of your passkeys',
    text: 'one of your passkeys counted backwards, as a copy of it would, so we did not let it in. Log in another way, remove it, and add a new one. If you do not know of a copy, write to the clinic.',
    page: '/login',
    label: 'Log in',
  },
  'mfa-reset': {
    subject: 'Your second factor was reset',
    text: 'an admin has turned your second factor off, removed your passkeys, and logged all your devices out. Log in with your password and set it up anew. If you did not ask for it, write to the clinic at once.',
    page: '/login',
    label: 'Log in',
  },
  'appeal-received': {
    subject: 'We have your appeal',
    text: 'somebody who knows your password, we hope you, has asked us to look at your ban again. You get a mail with our answer. If it was not you, choose a new password under “Forgot password”.',
    page: '/forgot-password',
    label: 'It was not me',
  },
  banned: {
    subject: 'Your account is banned',
    text: 'an admin has banned your account. When you log in you see why and until when.',
    page: '/login',
    label: 'See why',
  },
} as const;

export type Notice = keyof typeof notices;

/** Short notices to an account's own address: what happened, and what to do if it was not expected. */
export const noticeMail = defineMail<{ accountId: string; notice: Notice }>(
  'notice',
  async (ctx: Ctx, { accountId, notice }): Promise<MailContent | null> => {
    const found = await findAccount(ctx, accountId);
    if (found === null || found.account.email === null) return null;
    const { subject, text, page, label } = notices[notice];
    return {
      to: found.account.email,
      subject,
      paragraphs: [`Hello ${found.account.fullName ?? ''},`, text],
      action: { label, url: new URL(page, ctx.config.http.publicUrl).href },
    };
  },
);

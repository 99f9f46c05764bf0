import { mailLinkScript } from './assets.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';

type MailLink = {
  title: string;
  text: string;
  button: string;
  call: string;
  done: string;
  password?: true;
  danger?: true;
};

/** Where the links in mails lead, until a portal answers there. The token is in the fragment: a GET never sees it. */
export const mailLinks: Record<string, MailLink> = {
  '/verify-email': {
    title: 'Confirm your address',
    text: 'Press the button to confirm that this address is yours.',
    button: 'Confirm the address',
    call: '/api/v1/auth/verify-email',
    done: 'Your address is confirmed. You can log in now.',
  },
  '/reset-password': {
    title: 'Choose a new password',
    text: 'All your devices will be logged out.',
    button: 'Set the password',
    call: '/api/v1/auth/reset-password',
    done: 'Your new password is set. You can log in with it now.',
    password: true,
  },
  '/set-password': {
    title: 'Choose a password',
    text: 'An account was made for you. Choose a password to use it.',
    button: 'Set the password',
    call: '/api/v1/auth/reset-password',
    done: 'Your password is set. You can log in with it now.',
    password: true,
  },
  '/confirm-email': {
    title: 'Confirm your new address',
    text: 'Press the button to confirm your new address. Your other devices will be logged out.',
    button: 'Confirm the new address',
    call: '/api/v1/auth/confirm-email',
    done: 'Your new address is confirmed.',
  },
  '/undo-email-change': {
    title: 'Undo the change of your address',
    text: 'Your account will use this address again. Everybody is logged out, and the password counts no more: we mail you a link to choose a new one.',
    button: 'Undo the change',
    call: '/api/v1/auth/undo-email-change',
    done: 'The address is back. Open the mail that we have just sent you to choose a new password.',
  },
  '/confirm-deletion': {
    title: 'Delete your account',
    text: 'This cannot be undone. Your personal data is erased; your health record is locked, and removed when the law allows.',
    button: 'Delete my account',
    call: '/api/v1/me/deletion/confirm',
    done: 'Your account is deleted.',
    danger: true,
  },
};

export function mailLinkPage({ title, text, button, call, done, password, danger }: MailLink): string {
  const main = html`<div class="card">
<h1>${title}</h1>
<p>${text}</p>
<noscript><p>This page needs JavaScript: it keeps the secret part of the link out of the server’s sight until you press the button.</p></noscript>
<form data-call="${call}" data-done="${done}" method="post" hidden>
${
  password &&
  html`<label for="new-password">New password</label>
<input id="new-password" name="newPassword" type="password" autocomplete="new-password" minlength="12" maxlength="128" required aria-describedby="password-hint">
<label class="show"><input type="checkbox" name="show"> Show it</label>
<p class="quiet" id="password-hint">At least 12 characters. A few words in a row are good.</p>`
}
<button type="submit"${danger && html` class="danger"`}>${button}</button>
</form>
<p class="said" role="status" aria-live="polite"></p>
</div>`;
  return layout({ title: `${title} – Openward`, kind: 'narrow', main, script: mailLinkScript.url });
}

import { api } from '#app/api.ts';
import type { Catalogue } from '#i18n/catalogue.ts';

/** Where the links in mails lead. Nothing happens before the button is pressed: scanners open links too. */
export type MailLink = {
  readonly title: Plain;
  readonly text: Plain;
  readonly button: Plain;
  readonly done: Plain;
  readonly asksPassword?: true;
  readonly danger?: true;
  /** Whether one can log in after it. */
  readonly thenLogIn?: true;
  readonly call: (token: string, newPassword: string) => Promise<unknown>;
};

type Plain = Exclude<keyof Catalogue['auth'], 'appeal.waits' | 'demo.text' | 'forgot.done' | 'mail.text'>;

const setsPassword = {
  button: 'reset.button',
  asksPassword: true,
  thenLogIn: true,
  call: (token: string, newPassword: string) => api.resetPassword({ token, newPassword }),
} as const;

export const mailLinks: Readonly<Record<string, MailLink>> = {
  '/verify-email': {
    title: 'verify.title',
    text: 'verify.text',
    button: 'verify.button',
    done: 'verify.done',
    thenLogIn: true,
    call: (token) => api.verifyEmail({ token }),
  },
  '/reset-password': { ...setsPassword, title: 'reset.title', text: 'reset.text', done: 'reset.done' },
  '/set-password': { ...setsPassword, title: 'set.title', text: 'set.text', done: 'set.done' },
  '/confirm-email': {
    title: 'confirmEmail.title',
    text: 'confirmEmail.text',
    button: 'confirmEmail.button',
    done: 'confirmEmail.done',
    thenLogIn: true,
    call: (token) => api.confirmEmail({ token }),
  },
  '/undo-email-change': {
    title: 'undo.title',
    text: 'undo.text',
    button: 'undo.button',
    done: 'undo.done',
    call: (token) => api.undoEmailChange({ token }),
  },
  '/confirm-deletion': {
    title: 'confirmDeletion.title',
    text: 'confirmDeletion.text',
    button: 'confirmDeletion.button',
    done: 'confirmDeletion.done',
    danger: true,
    call: (token) => api.confirmDeletion({ token }),
  },
};

const tokens = new Map<string, string>();

/** The secret out of the address, and out of sight: neither the history nor a shoulder keeps it. */
export function takeToken(path: string): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) {
    tokens.set(path, token);
    history.replaceState(history.state, '', location.pathname);
  }
  return tokens.get(path) ?? null;
}

import type { messages as account } from './en/account.ts';
import type { messages as admin } from './en/admin.ts';
import type { messages as appointments } from './en/appointments.ts';
import type { messages as auth } from './en/auth.ts';
import type { messages as chat } from './en/chat.ts';
import type { messages as doctor } from './en/doctor.ts';
import type { messages as figures } from './en/figures.ts';
import type { messages as flags } from './en/flags.ts';
import type { messages as log } from './en/log.ts';
import type { messages as notices } from './en/notices.ts';
import type { messages as patient } from './en/patient.ts';
import type { messages as problems } from './en/problems.ts';
import type { messages as record } from './en/record.ts';
import type { messages as shell } from './en/shell.ts';
import type { messages as specialties } from './en/specialties.ts';

/** The message files, one for each feature: English says which keys there are, the other languages have the same. */
export type Catalogue = {
  account: typeof account;
  admin: typeof admin;
  appointments: typeof appointments;
  auth: typeof auth;
  chat: typeof chat;
  doctor: typeof doctor;
  figures: typeof figures;
  flags: typeof flags;
  log: typeof log;
  notices: typeof notices;
  patient: typeof patient;
  problems: typeof problems;
  record: typeof record;
  shell: typeof shell;
  specialties: typeof specialties;
};

export type Namespace = keyof Catalogue;

export const languages = ['en', 'es', 'de'] as const;
export type Language = (typeof languages)[number];

/** Each language under its own name, as somebody looks for it who reads no other. */
export const languageNames: Record<Language, string> = { en: 'English', es: 'Español', de: 'Deutsch' };

/** The forms that a number asks for (`Intl.PluralRules`); `{count}` chooses among them. */
export type Plural = { readonly one?: string; readonly many?: string; readonly other: string };
export type Message = string | Plural;
export type Messages = Readonly<Record<string, Message>>;

/** What another language has to say: the same keys, plurals where English has them. */
export type Translation<E> = { readonly [K in keyof E]: E[K] extends string ? string : Plural };

type Names<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type NamesOf<M> = M extends string
  ? Names<M>
  : M extends { readonly other: infer Other }
    ? Names<Other> | 'count'
    : never;

/** `t('key')`, or `t('key', { name })` for a message with `{name}` in it. */
export type Text<N extends Namespace> = <K extends keyof Catalogue[N]>(
  key: K,
  ...values: [NamesOf<Catalogue[N][K]>] extends [never] ? [] : [Record<NamesOf<Catalogue[N][K]>, string | number>]
) => string;

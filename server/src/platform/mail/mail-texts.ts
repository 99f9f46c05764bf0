import type { Language } from '@openward/contracts';

/** What a mail says: with `{name}` for what is put in. Of two forms the one that `count` asks for is taken. */
export type MailText = string | { readonly one: string; readonly other: string };

/** What another language has to say: the same keys with texts of its own. English says which there are. */
export type Translation<E> = E extends string ? string : { readonly [K in keyof E]: Translation<E[K]> };

type Values = Readonly<Record<string, string | number>>;

/**
 * A text with its values put in, numbers as the language writes them.
 * @throws for a value that is not there: a mail with a hole in it is not to go out.
 */
export function fill(language: Language, text: MailText, values: Values): string {
  return formOf(language, text, values).replaceAll(/\{(\w+)\}/g, (_braces, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`A mail has no value for {${name}}.`);
    return typeof value === 'number' ? new Intl.NumberFormat(language).format(value) : value;
  });
}

function formOf(language: Language, text: MailText, { count }: Values): string {
  if (typeof text === 'string') return text;
  return new Intl.PluralRules(language).select(Number(count)) === 'one' ? text.one : text.other;
}

/** British, so that no month is mistaken for a day. */
const locales: Readonly<Record<Language, string>> = { en: 'en-GB', es: 'es', de: 'de' };

/** A time as the language writes it, in its zone. */
export function writtenTime(language: Language, time: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locales[language], options).format(new Date(time));
}

/** A time whose reader's zone is not known: „28 November 2026 at 09:05 UTC“. */
export const inUtc = {
  ...{ day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' },
  ...{ timeZone: 'UTC', timeZoneName: 'short' },
} as const satisfies Intl.DateTimeFormatOptions;

/** How a mail begins. */
export const greetings: Readonly<Record<Language, { named: string; unnamed: string }>> = {
  en: { named: 'Hello {name},', unnamed: 'Hello,' },
  es: { named: 'Hola, {name}:', unnamed: 'Hola:' },
  de: { named: 'Guten Tag {name},', unnamed: 'Guten Tag,' },
};

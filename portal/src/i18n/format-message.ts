import type { Message } from './catalogue.ts';

/** A message with its values put in; numbers as the locale writes them. */
export function formatMessage(message: Message, values: Record<string, string | number>, locale: string): string {
  const text = typeof message === 'string' ? message : formOf(message, values['count'], locale);
  return text.replaceAll(/\{(\w+)\}/g, (_braces, name: string) => {
    const value = values[name] ?? '';
    return typeof value === 'number' ? new Intl.NumberFormat(locale).format(value) : value;
  });
}

function formOf(plural: Exclude<Message, string>, count: string | number | undefined, locale: string): string {
  const form = new Intl.PluralRules(locale).select(Number(count));
  return (form === 'one' || form === 'many' ? plural[form] : undefined) ?? plural.other;
}

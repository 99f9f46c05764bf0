import { localeOf, useLanguage } from './language.ts';

type When = string | number | Date;

const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

const made = new Map<string, Intl.DateTimeFormat>();

/** Making one takes a hundred times as long as using it, and a conversation has hundreds of times on its page. */
function formatFor(locale: string, style: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  // One that was made before a journey would go on in the zone that was left.
  const key = `${locale} ${new Date().getTimezoneOffset()} ${JSON.stringify(style)}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat(locale, style);
  made.set(key, format);
  return format;
}

/** Dates, times and numbers as the person's language and zone write them. */
export function useFormat() {
  const locale = localeOf(useLanguage());
  const written = (when: When, style: Intl.DateTimeFormatOptions) => formatFor(locale, style).format(new Date(when));
  return {
    date: (when: When) => written(when, { dateStyle: 'medium' }),
    time: (when: When) => written(when, { timeStyle: 'short' }),
    dateTime: (when: When) => written(when, { dateStyle: 'medium', timeStyle: 'short' }),
    weekday: (when: When) => written(when, { weekday: 'long', day: 'numeric', month: 'long' }),
    shortDay: (when: When) => written(when, { weekday: 'short', day: 'numeric', month: 'short' }),
    /** The name of a day of the week; Monday is 1. */
    dayOfWeek: (weekday: number) => written(Date.UTC(2024, 0, weekday), { weekday: 'long', timeZone: 'UTC' }),
    /** A calendar day without a zone, as birth dates are: `1987-04-09`. */
    day: (day: string) => written(`${day}T00:00:00Z`, { dateStyle: 'long', timeZone: 'UTC' }),
    /** „3 hours ago“, for what is recent enough to be thought of so. */
    ago: (when: When, now = Date.now()) => {
      const seconds = (new Date(when).getTime() - now) / 1000;
      const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
      const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
      return unit === 'second' ? relative.format(0, 'second') : relative.format(Math.round(seconds / size), unit);
    },
    number: (value: number, style?: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, style).format(value),
    /** A language by its tag (BCP 47), in the person's own: `pt` → „Portuguese“. What is no tag stays as it is. */
    language: (tag: string) => {
      try {
        return new Intl.DisplayNames(locale, { type: 'language' }).of(tag) ?? tag;
      } catch {
        return tag;
      }
    },
    list: (items: string[]) => new Intl.ListFormat(locale).format(items),
  };
}

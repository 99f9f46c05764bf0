import { OpenwardError } from '@openward/client';
import type { Catalogue } from '#i18n/catalogue.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';

type Key = keyof Catalogue['problems'];

/** Whatever was thrown → a sentence that says what to do. The one place that does so. */
export function useProblemText() {
  const t = useText('problems');
  const format = useFormat();
  const has = (key: string): key is Exclude<Key, 'account-banned.until' | 'account-banned.ever' | 'wait'> =>
    t(key as 'unknown') !== key;

  function of(error: unknown): string {
    if (!(error instanceof OpenwardError)) return t('unknown');
    const { code, ban, retryAfterS, errors } = error;
    if (ban !== null)
      return ban.until === null
        ? t('account-banned.ever', { reason: ban.reason })
        : t('account-banned.until', { reason: ban.reason, until: format.dateTime(ban.until) });
    const [first] = errors;
    const text = first !== undefined && code === 'invalid-request' ? field(first) : has(code) ? t(code) : t('unknown');
    return retryAfterS !== null && retryAfterS > 0 && (code === 'rate-limited' || code === 'temporarily-blocked')
      ? `${text} ${t('wait', { count: Math.ceil(retryAfterS / 60) })}`
      : text;
  }

  /** Of one field. The server's own words (English) where this page has none. */
  function field({ code, detail }: { code: string; detail: string }): string {
    const key = `field.${code}`;
    return has(key) ? t(key) : detail;
  }

  return { of, field };
}

import type { CareRequest } from '@openward/contracts';
import { useFlagName, useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';
import { Notice } from '#ui/notice.tsx';

type Flagged = Pick<CareRequest, 'redFlags'>;

/** In a list: what was found, in a word each. */
export function FlagBadges({ redFlags = [] }: Flagged) {
  const t = useText('doctor');
  const flagName = useFlagName();
  return redFlags.map((flag) => (
    <Badge key={flag.rule} tone="danger">
      {t('flag.mark', { what: flagName(flag) })}
    </Badge>
  ));
}

/** On a page: the same, with what it is worth. */
export function FlagNotice({ redFlags = [] }: Flagged) {
  const t = useText('doctor');
  const flagName = useFlagName();
  if (redFlags.length === 0) return null;
  return (
    <Notice kind="danger" title={t('flags.title')}>
      <ul>
        {redFlags.map((flag) => (
          <li key={flag.rule}>{flagName(flag)}</li>
        ))}
      </ul>
      <p>{t('flags.text')}</p>
    </Notice>
  );
}

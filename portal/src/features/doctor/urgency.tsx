import type { CareRequest } from '@openward/contracts';
import { useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';

const tones = { routine: 'neutral', urgent: 'warning', emergency: 'danger' } as const;

export function Urgency({ urgency }: Pick<CareRequest, 'urgency'>) {
  const t = useText('doctor');
  return <Badge tone={tones[urgency]}>{t(`urgency.${urgency}`)}</Badge>;
}

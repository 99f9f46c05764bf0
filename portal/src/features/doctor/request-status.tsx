import type { CareRequest } from '@openward/contracts';
import { useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';

const tones = {
  submitted: 'info',
  accepted: 'brand',
  diagnosed: 'good',
  closed: 'neutral',
  cancelled: 'neutral',
  declined: 'neutral',
} as const;

export function RequestStatus({ status }: Pick<CareRequest, 'status'>) {
  const t = useText('doctor');
  return <Badge tone={tones[status]}>{t(`status.${status}`)}</Badge>;
}

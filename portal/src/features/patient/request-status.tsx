import type { CareRequest } from '@openward/contracts';
import { useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';

const tones = {
  submitted: 'info',
  accepted: 'brand',
  diagnosed: 'good',
  closed: 'neutral',
  cancelled: 'neutral',
  declined: 'warning',
} as const;

export function RequestStatus({ status }: { status: CareRequest['status'] }) {
  const t = useText('patient');
  return <Badge tone={tones[status]}>{t(`status.${status}`)}</Badge>;
}

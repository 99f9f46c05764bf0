import type { Appointment } from '@openward/contracts';
import { useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';

const tones = { booked: 'brand', cancelled: 'neutral', 'no-show': 'warning' } as const;

export function AppointmentStatus({ status }: { status: Appointment['status'] }) {
  const t = useText('appointments');
  return <Badge tone={tones[status]}>{t(`status.${status}`)}</Badge>;
}

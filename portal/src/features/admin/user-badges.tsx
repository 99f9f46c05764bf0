import type { Account } from '@openward/contracts';
import { useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';

const tones = { active: 'good', 'pending-approval': 'warning', banned: 'danger', deleted: 'neutral' } as const;

export function StatusBadge({ status }: Pick<Account, 'status'>) {
  const t = useText('admin');
  return <Badge tone={tones[status]}>{t(`status.${status}`)}</Badge>;
}

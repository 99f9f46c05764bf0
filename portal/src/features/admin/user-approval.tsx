import type { UserForAdmin } from '@openward/contracts';
import { useState } from 'react';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { Row } from '#ui/layout.tsx';
import { ApproveDialog, RejectDialog } from './approval-dialogs.tsx';

/** Whether a doctor may take requests, and the way to change it. Of one who is blocked that stays as it is. */
export function ApprovalCard({ user }: { user: UserForAdmin }) {
  const t = useText('admin');
  const [open, setOpen] = useState<'approve' | 'reject' | null>(null);
  const { id, status, fullName } = user;
  const name = fullName ?? '';
  const close = () => setOpen(null);
  if (status === 'banned') return null;
  const isPending = status === 'pending-approval';
  return (
    <Card title={t('approval.title')}>
      <p>{isPending ? t('approval.pending') : t('approval.approved')}</p>
      <Row>
        {isPending && (
          <Button variant="primary" icon="check" onClick={() => setOpen('approve')}>
            {t('approve.button')}
          </Button>
        )}
        <Button icon="close" onClick={() => setOpen('reject')}>
          {isPending ? t('reject.button') : t('withdraw.button')}
        </Button>
      </Row>
      <ApproveDialog id={id} name={name} open={open === 'approve'} onClose={close} />
      <RejectDialog id={id} name={name} isPending={isPending} open={open === 'reject'} onClose={close} />
    </Card>
  );
}

import type { QueuedApproval } from '@openward/contracts';
import { api } from '#app/api.ts';
import { useText } from '#i18n/use-text.ts';
import { ActionDialog } from './action-dialog.tsx';

type DialogProps = {
  id: string;
  name: string;
  open: boolean;
  onClose: () => void;
  /** Of the queue: that alone is decided. Without it the doctor as they are. */
  approvalId?: string;
  kind?: QueuedApproval['kind'];
};

export function ApproveDialog({ id, name, open, onClose, approvalId, kind }: DialogProps) {
  const t = useText('admin');
  const which = approvalId === undefined ? {} : { approvalId };
  return (
    <ActionDialog
      title={t('approve.title', { name })}
      open={open}
      onClose={onClose}
      confirm={t('approve.button')}
      reason="optional"
      done={t('approve.done', { name })}
      action={(reason) => api.approveDoctor({ id, ...which, ...(reason === '' ? {} : { reason }) })}
    >
      <p>{kind === 'change' ? t('approve.change.text') : t('approve.text')}</p>
    </ActionDialog>
  );
}

/** Refuses somebody who waits, or takes back what was given: then open requests go back as with a ban. */
export function RejectDialog({
  id,
  name,
  isPending,
  open,
  onClose,
  approvalId,
  kind,
}: DialogProps & { isPending: boolean }) {
  const t = useText('admin');
  const which = approvalId === undefined ? {} : { approvalId };
  const refused = kind === 'change' ? t('reject.change.text') : t('reject.text');
  return (
    <ActionDialog
      title={isPending ? t('reject.title', { name }) : t('withdraw.title', { name })}
      open={open}
      onClose={onClose}
      confirm={isPending ? t('reject.button') : t('withdraw.button')}
      danger
      reason="required"
      reasonHint={t('reject.reason.hint')}
      done={isPending ? t('reject.done', { name }) : t('withdraw.done', { name })}
      action={(reason) => api.rejectDoctor({ id, ...which, reason })}
    >
      <p>{isPending ? refused : t('withdraw.text')}</p>
    </ActionDialog>
  );
}

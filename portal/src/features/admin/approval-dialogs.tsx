import { api } from '#app/api.ts';
import { useText } from '#i18n/use-text.ts';
import { ActionDialog } from './action-dialog.tsx';

type DialogProps = { id: string; name: string; open: boolean; onClose: () => void };

export function ApproveDialog({ id, name, open, onClose }: DialogProps) {
  const t = useText('admin');
  return (
    <ActionDialog
      title={t('approve.title', { name })}
      open={open}
      onClose={onClose}
      confirm={t('approve.button')}
      reason="optional"
      done={t('approve.done', { name })}
      action={(reason) => api.approveDoctor({ id, ...(reason === '' ? {} : { reason }) })}
    >
      <p>{t('approve.text')}</p>
    </ActionDialog>
  );
}

/** Refuses somebody who waits, or takes back what was given: then open requests go back as with a ban. */
export function RejectDialog({ id, name, isPending, open, onClose }: DialogProps & { isPending: boolean }) {
  const t = useText('admin');
  return (
    <ActionDialog
      title={isPending ? t('reject.title', { name }) : t('withdraw.title', { name })}
      open={open}
      onClose={onClose}
      confirm={isPending ? t('reject.button') : t('withdraw.button')}
      danger
      reason="required"
      done={isPending ? t('reject.done', { name }) : t('withdraw.done', { name })}
      action={(reason) => api.rejectDoctor({ id, reason })}
    >
      <p>{isPending ? t('reject.text') : t('withdraw.text')}</p>
    </ActionDialog>
  );
}

import type { Appointment } from '@openward/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { useHolder } from '#app/session.ts';
import { useText } from '#i18n/use-text.ts';
import { TextArea } from '#ui/field.tsx';
import { FormDialog } from '#ui/form-dialog.tsx';
import { toast } from '#ui/toast.tsx';

/** Asks before it is cancelled; a doctor says why. Opened by being rendered. */
export function CancelDialog({ appointment: { id }, onClose }: { appointment: Appointment; onClose: () => void }) {
  const t = useText('appointments');
  const queries = useQueryClient();
  const isDoctor = useHolder()?.role === 'doctor';
  return (
    <FormDialog
      title={t('cancel.title')}
      confirm={t('cancel.confirm')}
      danger
      onClose={onClose}
      onSubmit={async (values) => {
        const reason = values.optional('reason');
        const cancelled = await api.cancelAppointment({ id, ...(reason === undefined ? {} : { reason }) });
        queries.setQueryData(['appointment', id], cancelled);
        void queries.invalidateQueries({ queryKey: ['appointments'] });
        toast(t('cancel.done'));
        onClose();
      }}
    >
      <p>{isDoctor ? t('cancel.text.doctor') : t('cancel.text.patient')}</p>
      <TextArea name="reason" label={t('reason')} maxLength={1000} rows={3} required={isDoctor} />
    </FormDialog>
  );
}

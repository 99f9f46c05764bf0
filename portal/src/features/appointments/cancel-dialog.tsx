import type { Appointment } from '@openward/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { useHolder } from '#app/session.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Dialog } from '#ui/dialog.tsx';
import { TextArea } from '#ui/field.tsx';
import { Form } from '#ui/form.tsx';
import { toast } from '#ui/toast.tsx';

/** Asks before it is cancelled; a doctor says why. Opened by being rendered. */
export function CancelDialog({ appointment: { id }, onClose }: { appointment: Appointment; onClose: () => void }) {
  const t = useText('appointments');
  const queries = useQueryClient();
  const isDoctor = useHolder()?.role === 'doctor';
  return (
    <Dialog title={t('cancel.title')} open onClose={onClose}>
      <Form
        label={t('cancel.title')}
        onSubmit={async (values) => {
          const reason = values.optional('reason');
          const cancelled = await api.cancelAppointment({ id, ...(reason === undefined ? {} : { reason }) });
          queries.setQueryData(['appointment', id], cancelled);
          void queries.invalidateQueries({ queryKey: ['appointments'] });
          toast(t('cancel.done'));
          onClose();
        }}
        actions={({ busy }) => (
          <Button type="submit" variant="danger" busy={busy} wide>
            {t('cancel.confirm')}
          </Button>
        )}
      >
        <p>{isDoctor ? t('cancel.text.doctor') : t('cancel.text.patient')}</p>
        <TextArea name="reason" label={t('reason')} maxLength={1000} rows={3} required={isDoctor} />
      </Form>
    </Dialog>
  );
}

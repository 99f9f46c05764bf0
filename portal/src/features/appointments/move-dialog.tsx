import type { Appointment } from '@openward/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { FreeSlots } from '#app/free-slots.tsx';
import { useHolder } from '#app/session.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Dialog } from '#ui/dialog.tsx';
import { TextArea } from '#ui/field.tsx';
import { Form } from '#ui/form.tsx';
import { toast } from '#ui/toast.tsx';

/** To another free slot; a doctor says why. Opened by being rendered. */
export function MoveDialog({ appointment, onClose }: { appointment: Appointment; onClose: () => void }) {
  const t = useText('appointments');
  const format = useFormat();
  const queries = useQueryClient();
  const isDoctor = useHolder()?.role === 'doctor';
  const [startsAt, setStartsAt] = useState<string>();
  const { id, doctor } = appointment;
  return (
    <Dialog title={t('move.title')} open onClose={onClose}>
      <Form
        label={t('move.title')}
        onSubmit={async (values) => {
          if (startsAt === undefined) return;
          const reason = values.optional('reason');
          const moved = await api
            .moveAppointment({ id, startsAt, ...(reason === undefined ? {} : { reason }) })
            .finally(() => void queries.invalidateQueries({ queryKey: ['slots', doctor.id] }));
          queries.setQueryData(['appointment', id], moved);
          void queries.invalidateQueries({ queryKey: ['appointments'] });
          toast(t('move.done'));
          onClose();
        }}
        actions={({ busy }) => (
          <Button type="submit" variant="primary" busy={busy} disabled={startsAt === undefined} wide>
            {startsAt === undefined ? t('move.choose') : t('move.confirm', { when: format.dateTime(startsAt) })}
          </Button>
        )}
      >
        <FreeSlots doctorId={doctor.id} picked={startsAt} onPick={setStartsAt} />
        {isDoctor && <TextArea name="reason" label={t('reason')} maxLength={1000} rows={3} required />}
      </Form>
    </Dialog>
  );
}

import type { Appointment } from '@openward/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { FreeSlots } from '#app/free-slots.tsx';
import { useHolder } from '#app/session.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { TextArea } from '#ui/field.tsx';
import { FormDialog } from '#ui/form-dialog.tsx';
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
    <FormDialog
      title={t('move.title')}
      confirm={startsAt === undefined ? t('move.choose') : t('move.confirm', { when: format.dateTime(startsAt) })}
      disabled={startsAt === undefined}
      onClose={onClose}
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
    >
      <FreeSlots doctorId={doctor.id} picked={startsAt} onPick={setStartsAt} />
      {isDoctor && <TextArea name="reason" label={t('reason')} maxLength={1000} rows={3} required />}
    </FormDialog>
  );
}

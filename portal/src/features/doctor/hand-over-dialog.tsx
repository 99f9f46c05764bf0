import { useQueryClient } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { useDraft } from '#app/draft.ts';
import { useText } from '#i18n/use-text.ts';
import { TextArea } from '#ui/field.tsx';
import { FormDialog } from '#ui/form-dialog.tsx';
import { toast } from '#ui/toast.tsx';
import { FindColleague } from './find-colleague.tsx';

/** Proposes a colleague for one patient, or, without one, for all. Opened by being rendered. */
export function HandOverDialog({ id, onClose }: { id?: string; onClose: () => void }) {
  const t = useText('doctor');
  const queries = useQueryClient();
  const [note, setNote, forget] = useDraft(`hand-over.${id ?? 'all'}`);
  return (
    <FormDialog
      title={id === undefined ? t('handAll.title') : t('handOver.title')}
      confirm={t('handOver.confirm')}
      onClose={onClose}
      onSubmit={async (values) => {
        const said = values.optional('note');
        const offer = { doctorId: values.text('doctorId'), ...(said === undefined ? {} : { note: said }) };
        if (id === undefined) toast(t('handAll.done', await api.handOver(offer)));
        else {
          queries.setQueryData(['request', id], await api.offerTransfer({ id, ...offer }));
          toast(t('handOver.done'));
        }
        forget();
        void queries.invalidateQueries({ queryKey: ['requests'] });
        onClose();
      }}
    >
      <p>{id === undefined ? t('handAll.text') : t('handOver.text')}</p>
      <FindColleague />
      <TextArea
        name="note"
        label={t('handOver.note')}
        hint={t('handOver.note.hint')}
        defaultValue={note}
        onText={setNote}
        maxLength={2000}
        rows={3}
      />
    </FormDialog>
  );
}

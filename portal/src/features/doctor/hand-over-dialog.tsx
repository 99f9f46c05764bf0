import { useQueryClient } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { useDraft } from '#app/draft.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Dialog } from '#ui/dialog.tsx';
import { TextArea } from '#ui/field.tsx';
import { Form } from '#ui/form.tsx';
import { toast } from '#ui/toast.tsx';
import { FindColleague } from './find-colleague.tsx';

/** Proposes a colleague for one patient, or, without one, for all. Opened by being rendered. */
export function HandOverDialog({ id, onClose }: { id?: string; onClose: () => void }) {
  const t = useText('doctor');
  const queries = useQueryClient();
  const [note, setNote, forget] = useDraft(`hand-over.${id ?? 'all'}`);
  const title = id === undefined ? t('handAll.title') : t('handOver.title');
  return (
    <Dialog title={title} open onClose={onClose}>
      <Form
        label={title}
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
        actions={({ busy }) => (
          <Button type="submit" variant="primary" busy={busy} wide>
            {t('handOver.confirm')}
          </Button>
        )}
      >
        <p>{id === undefined ? t('handAll.text') : t('handOver.text')}</p>
        <FindColleague />
        <div onInput={(event) => event.target instanceof HTMLTextAreaElement && setNote(event.target.value)}>
          <TextArea
            name="note"
            label={t('handOver.note')}
            hint={t('handOver.note.hint')}
            defaultValue={note}
            maxLength={2000}
            rows={3}
          />
        </div>
      </Form>
    </Dialog>
  );
}

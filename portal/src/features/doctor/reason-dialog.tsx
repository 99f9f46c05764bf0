import type { useDraft } from '#app/draft.ts';
import { useText } from '#i18n/use-text.ts';
import { TextArea } from '#ui/field.tsx';
import { FormDialog } from '#ui/form-dialog.tsx';

type ReasonDialogProps = {
  title: string;
  /** What it means, for the patient above all. */
  text: string;
  confirm: string;
  draft: ReturnType<typeof useDraft>;
  onClose: () => void;
  onReason: (reason: string) => Promise<void>;
};

/** Asks why, before what cannot be taken back. Opened by being rendered. */
export function ReasonDialog({ title, text, confirm, draft, onClose, onReason }: ReasonDialogProps) {
  const t = useText('doctor');
  const [reason, setReason, forget] = draft;
  return (
    <FormDialog
      title={title}
      confirm={confirm}
      danger
      onClose={onClose}
      onSubmit={async (values) => {
        await onReason(values.text('reason'));
        forget();
      }}
    >
      <p>{text}</p>
      <TextArea
        name="reason"
        label={t('reason.label')}
        hint={t('reason.hint')}
        defaultValue={reason}
        onText={setReason}
        maxLength={1000}
        required
        rows={3}
      />
    </FormDialog>
  );
}

import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useId } from 'react';
import { withStepUp } from '#app/step-up.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Dialog } from '#ui/dialog.tsx';
import { TextArea } from '#ui/field.tsx';
import { Form, type FormValues } from '#ui/form.tsx';
import { Row } from '#ui/layout.tsx';
import { toast } from '#ui/toast.tsx';

export type ActionDialogProps = {
  title: string;
  open: boolean;
  onClose: () => void;
  /** What will happen. */
  children: ReactNode;
  /** What the button says: what it does. */
  confirm: string;
  danger?: boolean;
  reason: 'required' | 'optional' | 'none';
  reasonHint?: string;
  /** Said when it is done. */
  done: string;
  /** `reason` is empty where none was given. May be called twice, when the server first asks for a fresh login. */
  action: (reason: string, values: FormValues) => Promise<unknown>;
};

/** Asks before something that an admin does to somebody: says what follows, and why it is done goes into the log. */
export function ActionDialog({ title, open, onClose, ...form }: ActionDialogProps) {
  return (
    <Dialog title={title} open={open} onClose={onClose}>
      <ActionForm title={title} onClose={onClose} {...form} />
    </Dialog>
  );
}

function ActionForm(props: Omit<ActionDialogProps, 'open'>) {
  const { title, onClose, children, confirm, danger = false, reason, reasonHint, done, action } = props;
  const t = useText('admin');
  const shell = useText('shell');
  const queries = useQueryClient();
  const id = useId();
  return (
    <Form
      label={title}
      onSubmit={async (values) => {
        await withStepUp(() => action(values.text('reason'), values));
        await queries.invalidateQueries({ queryKey: ['admin'] });
        toast(done);
        onClose();
      }}
      actions={({ busy }) => (
        <Row apart>
          <Button onClick={onClose}>{shell('cancel')}</Button>
          <Button type="submit" variant={danger ? 'danger' : 'primary'} busy={busy} aria-describedby={id}>
            {confirm}
          </Button>
        </Row>
      )}
    >
      <div id={id}>{children}</div>
      {reason !== 'none' && (
        <TextArea
          name="reason"
          label={t('reason')}
          hint={reasonHint ?? t('reason.hint')}
          maxLength={1000}
          rows={3}
          required={reason === 'required'}
        />
      )}
    </Form>
  );
}

import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Form, type FormProps } from './form.tsx';

type FormDialogProps = Pick<FormProps, 'onSubmit' | 'explain'> & {
  title: string;
  /** Left out where it is opened by being rendered. */
  open?: boolean;
  onClose: () => void;
  /** What the button says: what it does. */
  confirm: string;
  danger?: boolean;
  disabled?: boolean;
  children: ReactNode;
};

/** Asks for some fields, and has one button. It stays open until `onSubmit` has it closed: what goes wrong is said in it. */
export function FormDialog(props: FormDialogProps) {
  const { title, open = true, onClose, confirm, danger = false, disabled = false, children, ...form } = props;
  return (
    <Dialog title={title} open={open} onClose={onClose}>
      <Form
        {...form}
        label={title}
        actions={({ busy }) => (
          <Button type="submit" variant={danger ? 'danger' : 'primary'} busy={busy} disabled={disabled} wide>
            {confirm}
          </Button>
        )}
      >
        {children}
      </Form>
    </Dialog>
  );
}

import { type ReactNode, useEffect, useId, useLayoutEffect, useRef } from 'react';
import { useText } from '#i18n/use-text.ts';
import { Button, IconButton } from './button.tsx';
import css from './dialog.module.css';

type DialogProps = { title: string; open: boolean; onClose: () => void; children: ReactNode; actions?: ReactNode };

/** The browser's own modal: it keeps the focus, gives it back, and Escape closes it. On a phone it comes from below. */
export function Dialog({ title, open, onClose, children, actions }: DialogProps) {
  const t = useText('shell');
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open && dialog.current?.open === false) dialog.current.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  // Closed before it is taken away it gives the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    return () => element?.close();
  }, []);
  useEffect(() => {
    const element = dialog.current;
    // Whoever presses beside it wants it gone.
    const closeOutside = (event: Event) => {
      if (event.target === element) element?.close();
    };
    element?.addEventListener('click', closeOutside);
    return () => element?.removeEventListener('click', closeOutside);
  }, []);
  return (
    <dialog ref={dialog} className={css['dialog']} aria-labelledby={id} onClose={onClose}>
      {open && (
        <div className={css['body']}>
          <div className={css['head']}>
            <h2 id={id}>{title}</h2>
            <IconButton icon="close" label={t('close')} onClick={onClose} />
          </div>
          {children}
          {actions !== undefined && <div className={css['actions']}>{actions}</div>}
        </div>
      )}
    </dialog>
  );
}

type ConfirmProps = {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  /** What the button says: what will happen, never only „OK“. */
  confirm: string;
  danger?: boolean;
  busy?: boolean;
  onConfirm: () => void;
};

/** Asks before what cannot be taken back. */
export function ConfirmDialog({ confirm, danger, busy, onConfirm, ...dialog }: ConfirmProps) {
  const t = useText('shell');
  return (
    <Dialog
      {...dialog}
      actions={
        <>
          <Button onClick={dialog.onClose}>{t('cancel')}</Button>
          <Button variant={danger ? 'danger' : 'primary'} busy={busy} onClick={onConfirm}>
            {confirm}
          </Button>
        </>
      }
    />
  );
}

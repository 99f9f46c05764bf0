import { type ReactNode, type RefObject, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { useText } from '#i18n/use-text.ts';
import { Button, IconButton } from './button.tsx';
import css from './dialog.module.css';

type DialogProps = {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  actions?: ReactNode;
  /** Shows what is never shown again: only its buttons close it. */
  once?: boolean;
};

/**
 * The browser's own modal: it keeps the focus, gives it back, and Escape or a press beside it closes it; once something was entered
 * only its buttons do. On a phone it comes from below.
 */
export function Dialog({ title, open, onClose, children, actions, once = false }: DialogProps) {
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
  const isHeld = useLeaving(dialog, open, once);
  return (
    <dialog ref={dialog} className={css['dialog']} aria-labelledby={id} onClose={onClose}>
      {open && (
        <div className={css['body']}>
          <div className={css['head']}>
            <h2 id={id}>{title}</h2>
            <IconButton icon="close" label={t('close')} onClick={onClose} />
          </div>
          {children}
          <p role="alert" className={css['held']} hidden={!isHeld}>
            {isHeld && t('dialog.held')}
          </p>
          {actions !== undefined && <div className={css['actions']}>{actions}</div>}
        </div>
      )}
    </dialog>
  );
}

/** Leaving without a button loses nothing that was entered. @returns whether somebody has tried to, and is to be told. */
function useLeaving(dialog: RefObject<HTMLDialogElement | null>, open: boolean, once: boolean): boolean {
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    const element = dialog.current;
    if (!open || element === null) return;
    const listening = new AbortController();
    const { signal } = listening;
    let isEntered = false;
    let isPressedBeside = false;
    const hold = (event: Event) => {
      event.preventDefault();
      setHeld(isEntered);
    };
    const listen = <K extends keyof HTMLElementEventMap>(type: K, listener: (event: HTMLElementEventMap[K]) => void) =>
      element.addEventListener(type, listener, { signal });
    listen('input', () => {
      isEntered = true;
    });
    // Who selects text may let go beside it: what counts is where the press began.
    listen('pointerdown', ({ target }) => {
      isPressedBeside = target === element;
    });
    listen('click', (event) => {
      if (event.target !== element || !isPressedBeside) return;
      if (isEntered || once) hold(event);
      else element.close();
    });
    // A browser lets a second Escape pass by `cancel`; a phone's way back comes by that alone.
    listen('keydown', (event) => {
      if (event.key === 'Escape' && (isEntered || once)) hold(event);
    });
    listen('cancel', (event) => {
      if (event.target === element && (isEntered || once)) hold(event);
    });
    return () => {
      listening.abort();
      setHeld(false);
    };
  }, [dialog, open, once]);
  return isHeld;
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

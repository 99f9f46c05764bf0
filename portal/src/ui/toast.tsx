import { useSyncExternalStore } from 'react';
import { useText } from '#i18n/use-text.ts';
import { IconButton } from './button.tsx';
import { cx } from './cx.ts';
import { Icon } from './icon.tsx';
import css from './toast.module.css';

type Toast = { id: number; kind: 'good' | 'danger' | 'info'; text: string };

const goneAfterMs = 6_000;

let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** A word about what has just happened. Errors stay until they are put away: who reads slowly misses nothing. */
export function toast(text: string, kind: Toast['kind'] = 'good'): void {
  const id = ++lastId;
  set([...toasts.filter((other) => other.text !== text).slice(-2), { id, kind, text }]);
  if (kind !== 'danger') setTimeout(() => dismiss(id), goneAfterMs);
}

function dismiss(id: number): void {
  set(toasts.filter((toast) => toast.id !== id));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Where toasts appear: a live region that is always there, so that screen readers know of it. */
export function Toasts() {
  const t = useText('shell');
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <section className={css['region']} role="status" aria-live="polite" aria-label={t('messages')}>
      {shown.map(({ id, kind, text }) => (
        <div key={id} className={cx(css['toast'], css[kind])}>
          <Icon name={kind === 'good' ? 'check' : kind === 'info' ? 'info' : 'alert'} />
          <span>{text}</span>
          <IconButton icon="close" label={t('close')} onClick={() => dismiss(id)} />
        </div>
      ))}
    </section>
  );
}

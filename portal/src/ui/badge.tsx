import type { ReactNode } from 'react';
import css from './badge.module.css';
import { cx } from './cx.ts';

type Tone = 'neutral' | 'brand' | 'good' | 'warning' | 'danger' | 'info';

/** A state in a word. The word says it, the colour only helps. */
export function Badge({ tone = 'neutral', children }: { tone?: Tone; children: ReactNode }) {
  return <span className={cx(css['badge'], css[tone])}>{children}</span>;
}

/** How many wait: on a navigation entry or a row; `more`: these at least. `label` says of what. */
export function Count({ value, label, more = false }: { value: number; label: string; more?: boolean }) {
  return (
    <span className={css['count']} role="img" aria-label={label}>
      {value > 99 ? '99+' : `${value}${more ? '+' : ''}`}
    </span>
  );
}

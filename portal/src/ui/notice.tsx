import type { ReactNode } from 'react';
import { cx } from './cx.ts';
import { Icon, type IconName } from './icon.tsx';
import css from './notice.module.css';

type Kind = 'info' | 'good' | 'warning' | 'danger';

const icons: Record<Kind, IconName> = { info: 'info', good: 'check', warning: 'alert', danger: 'alert' };

/** Something to know at this place, with what can be done about it. */
export function Notice({ kind = 'info', title, children }: { kind?: Kind; title?: string; children?: ReactNode }) {
  return (
    <div className={cx(css['notice'], css[kind])}>
      <Icon name={icons[kind]} />
      <div>
        {title !== undefined && <strong>{title}</strong>}
        {children}
      </div>
    </div>
  );
}

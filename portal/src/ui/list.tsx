import type { ReactNode } from 'react';
import css from './list.module.css';

export function List({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ul className={css['list']} aria-label={label}>
      {children}
    </ul>
  );
}

/**
 * A row: something before it (an avatar), a title that may be a link over the whole row, a line below, and something at
 * its end (a badge, a time).
 */
export function ListItem({
  before,
  title,
  meta,
  children,
  after,
}: {
  before?: ReactNode;
  title: ReactNode;
  meta?: ReactNode;
  children?: ReactNode;
  after?: ReactNode;
}) {
  return (
    <li className={css['item']}>
      {before}
      <div className={css['text']}>
        <div className={css['title']}>{title}</div>
        {children !== undefined && <div className={css['more']}>{children}</div>}
        {meta !== undefined && <div className={css['meta']}>{meta}</div>}
      </div>
      {after !== undefined && <div className={css['after']}>{after}</div>}
    </li>
  );
}

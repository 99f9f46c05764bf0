import { type ReactNode, useEffect } from 'react';
import { cx } from './cx.ts';
import css from './page-body.module.css';

type PageProps = {
  /** The page's only h1, and its name in the tab. */
  title: string;
  lead?: ReactNode;
  /** What can be done here, beside the title. */
  actions?: ReactNode;
  /** `narrow` for forms and reading, `full` for what is to be seen beside each other. */
  width?: 'narrow' | 'wide' | 'full';
  children?: ReactNode;
};

/** Every page is one of these. */
export function PageBody({ title, lead, actions, width = 'wide', children }: PageProps) {
  useTitle(title);
  return (
    <div className={cx(css['page'], css[width])}>
      <header className={css['head']}>
        <div>
          <h1 tabIndex={-1}>{title}</h1>
          {lead !== undefined && <p className={css['lead']}>{lead}</p>}
        </div>
        {actions !== undefined && <div className={css['actions']}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} – Openward`;
  }, [title]);
}

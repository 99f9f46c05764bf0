import type { ReactNode } from 'react';
import { PageBody } from '#ui/page-body.tsx';
import css from './auth.module.css';

/** One thing to do, and below it the way to the other one. */
export function AuthCard({
  title,
  lead,
  children,
  foot,
}: {
  title: string;
  lead?: ReactNode;
  children: ReactNode;
  foot?: ReactNode;
}) {
  return (
    <div className={css['place']}>
      <PageBody title={title} lead={lead} width="narrow">
        <div className={css['card']}>{children}</div>
        {foot !== undefined && <p className={css['foot']}>{foot}</p>}
      </PageBody>
    </div>
  );
}

import type { FormEventHandler, ReactNode } from 'react';
import css from './filter-bar.module.css';

type FilterBarProps = { label: string; onInput?: FormEventHandler<HTMLElement>; children: ReactNode };

/** What a list can be narrowed by, above it. */
export function FilterBar({ label, onInput, children }: FilterBarProps) {
  return (
    <search className={css['bar']} aria-label={label} onInput={onInput}>
      {children}
    </search>
  );
}

import type { ReactNode } from 'react';
import { cx } from './cx.ts';
import css from './layout.module.css';

type Gap = 's' | 'm' | 'l';

/** One below the other. */
export function Stack({ gap = 'm', children }: { gap?: Gap; children: ReactNode }) {
  return <div className={cx(css['stack'], css[gap])}>{children}</div>;
}

/** Beside each other, in the next line where there is no room. */
export function Row({ gap = 'm', apart, children }: { gap?: Gap; apart?: boolean; children: ReactNode }) {
  return <div className={cx(css['row'], css[gap], apart && css['apart'])}>{children}</div>;
}

/** Cards beside each other, as many as there is room for. */
export function Grid({ children }: { children: ReactNode }) {
  return <div className={css['grid']}>{children}</div>;
}

/** Of less weight than what it stands with. */
export function Soft({ children }: { children: ReactNode }) {
  return <span className={css['soft']}>{children}</span>;
}

/** Read out, not seen. */
export function Unseen({ children }: { children: ReactNode }) {
  return <span className={css['unseen']}>{children}</span>;
}

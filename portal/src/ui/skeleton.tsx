import { useText } from '#i18n/use-text.ts';
import { cx } from './cx.ts';
import css from './skeleton.module.css';

/** Bars of the size of what is coming, so that nothing jumps. Seen only if it takes longer than a blink. */
export function Skeleton({ lines = 3, shape = 'text' }: { lines?: number; shape?: 'text' | 'rows' | 'page' }) {
  const t = useText('shell');
  return (
    <div className={cx(css['skeleton'], css[shape])} role="status">
      <span className={css['said']}>{t('loading')}</span>
      {Array.from({ length: lines }, (_, line) => `bar-${line}`).map((bar) => (
        <span key={bar} className={css['bar']} />
      ))}
    </div>
  );
}

import css from './avatar.module.css';
import { cx } from './cx.ts';

const tones = ['one', 'two', 'three', 'four'] as const;

/** The initials of a person whose name stands beside: nothing to read out. The same person always has the same colour. */
export function Avatar({ name, size }: { name: string; size?: 'small' | 'large' }) {
  const words = name.split(/\s+/).filter((word) => /\p{L}/u.test(word) && !/\.$/.test(word));
  const initials = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? '')][0] ?? '');
  const sum = [...name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0);
  return (
    <span
      className={cx(css['avatar'], css[tones[sum % tones.length] ?? 'one'], size && css[size])}
      aria-hidden="true"
      data-initials={initials.join('').toUpperCase()}
    />
  );
}

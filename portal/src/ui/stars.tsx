import css from './stars.module.css';

const five = [1, 2, 3, 4, 5];

/** Of five; read out as `label`. */
export function Stars({ value, label }: { value: number; label: string }) {
  const full = Math.round(value);
  return (
    <span className={css['stars']} role="img" aria-label={label}>
      {five.map((star) => (
        <Star key={star} isFull={star <= full} />
      ))}
    </span>
  );
}

export function Star({ isFull }: { isFull: boolean }) {
  return (
    <svg
      className={isFull ? css['full'] : css['hollow']}
      width="18"
      height="18"
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
    >
      <path d="m12 3.5 2.6 5.4 5.9.8-4.3 4.1 1.1 5.9-5.3-2.9-5.3 2.9 1.1-5.9-4.3-4.1 5.9-.8L12 3.5Z" />
    </svg>
  );
}

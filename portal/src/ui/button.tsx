import type { ButtonHTMLAttributes, Ref } from 'react';
import css from './button.module.css';
import { cx } from './cx.ts';
import { Icon, type IconName } from './icon.tsx';

export type ButtonLook = {
  /** `primary`: the one thing to do here. */
  variant?: 'primary' | 'secondary' | 'quiet' | 'danger' | undefined;
  size?: 'small' | undefined;
  wide?: boolean | undefined;
};

/** The classes of a button, for what only looks like one: a link. */
export function buttonClass({ variant = 'secondary', size, wide }: ButtonLook): string {
  return cx(css['button'], css[variant], size && css[size], wide && css['wide']);
}

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> &
  ButtonLook & {
    icon?: IconName | undefined;
    /** Something is under way: it cannot be pressed again, and keeps its focus and its size. */
    busy?: boolean | undefined;
    ref?: Ref<HTMLButtonElement>;
  };

export function Button({ variant, size, wide, icon, busy = false, children, onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={buttonClass({ variant, size, wide })}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {busy ? <Spinner /> : icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A button that is only a drawing: `label` is what it is called. */
export function IconButton({
  icon,
  label,
  ...rest
}: Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'aria-label'> & {
  icon: IconName;
  label: string;
  ref?: Ref<HTMLButtonElement>;
}) {
  return (
    <button type="button" {...rest} className={cx(css['button'], css['icon'])} aria-label={label} title={label}>
      <Icon name={icon} />
    </button>
  );
}

export function Spinner() {
  return <span className={css['spinner']} aria-hidden="true" />;
}

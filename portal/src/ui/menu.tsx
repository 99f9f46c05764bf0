import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { cx } from './cx.ts';
import { Icon, type IconName } from './icon.tsx';
import css from './menu.module.css';

export type MenuItem = {
  label: string;
  icon?: IconName;
  /** Of a choice among several: whether it is the one. */
  checked?: boolean;
  danger?: boolean;
  onSelect: () => void;
};

type MenuProps = {
  label: string;
  trigger: ReactNode;
  items: readonly (MenuItem | 'line')[];
  align?: 'start' | 'end';
  /** -1 where the arrows lead to it, not the tab key. */
  tabIndex?: number;
};

/** Opens below its button. Arrows, Home, End and Escape work as in the system's menus. */
export function Menu({ label, trigger, items, align = 'end', tabIndex }: MenuProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [above, setAbove] = useState(false);
  const entries = () => [...(root.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])];

  useEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>('[role^="menuitem"]')?.focus();
    const closeOutside = (event: Event) => {
      if (event.target instanceof Node && root.current?.contains(event.target) === false) setOpen(false);
    };
    document.addEventListener('pointerdown', closeOutside);
    document.addEventListener('focusin', closeOutside);
    return () => {
      document.removeEventListener('pointerdown', closeOutside);
      document.removeEventListener('focusin', closeOutside);
    };
  }, [open]);

  function toggle(): void {
    // Where there is no room below it opens above.
    const { bottom = 0, top = 0 } = button.current?.getBoundingClientRect() ?? {};
    setAbove(innerHeight - bottom < items.length * 48 + 24 && top > innerHeight - bottom);
    setOpen(!open);
  }

  function close(): void {
    setOpen(false);
    button.current?.focus();
  }

  function move(event: KeyboardEvent): void {
    if (!open) return;
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
      return;
    }
    const all = entries();
    const at = entries().indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all.at(to % all.length)?.focus();
  }

  return (
    <div ref={root} className={css['root']}>
      <button
        ref={button}
        type="button"
        className={css['trigger']}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-label={label}
        tabIndex={tabIndex}
        onClick={toggle}
        onKeyDown={move}
      >
        {trigger}
      </button>
      {open && (
        <div
          id={id}
          role="menu"
          tabIndex={-1}
          aria-label={label}
          onKeyDown={move}
          className={cx(css['menu'], css[align], above && css['above'])}
        >
          {items.map((item, index) =>
            item === 'line' ? (
              <hr key={`line-${items.slice(0, index).length}`} />
            ) : (
              <button
                key={item.label}
                type="button"
                {...(item.checked === undefined
                  ? { role: 'menuitem' }
                  : { role: 'menuitemradio', 'aria-checked': item.checked })}
                tabIndex={-1}
                className={cx(css['item'], item.danger && css['danger'])}
                onClick={() => {
                  close();
                  item.onSelect();
                }}
              >
                {item.icon !== undefined && <Icon name={item.icon} />}
                <span>{item.label}</span>
                {item.checked === true && <Icon name="check" />}
              </button>
            ),
          )}
        </div>
      )}
    </div>
  );
}

import type { AnchorHTMLAttributes, MouseEvent } from 'react';
import { useLocation } from 'wouter';
import { type ButtonLook, buttonClass } from '#ui/button.tsx';
import { Icon, type IconName } from '#ui/icon.tsx';
import { preload } from './preload.ts';

type LinkProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> & { href: string; replace?: boolean };

/** A link within the portal. What it leads to is loaded as soon as a finger or pointer is on it. */
export function Link({ href, replace = false, onClick, children, ...rest }: LinkProps) {
  const [, navigate] = useLocation();
  function go(event: MouseEvent<HTMLAnchorElement>): void {
    onClick?.(event);
    const isOwn = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (event.defaultPrevented || !isOwn) return;
    event.preventDefault();
    navigate(href, { replace });
  }
  const soon = () => preload(href);
  return (
    <a href={href} onClick={go} onPointerEnter={soon} onTouchStart={soon} onFocus={soon} {...rest}>
      {children}
    </a>
  );
}

/** Leads somewhere, and looks like a button because it is the thing to do. */
export function LinkButton({
  variant,
  size,
  wide,
  icon,
  children,
  ...rest
}: LinkProps & ButtonLook & { icon?: IconName }) {
  return (
    <Link {...rest} className={buttonClass({ variant, size, wide })}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </Link>
  );
}

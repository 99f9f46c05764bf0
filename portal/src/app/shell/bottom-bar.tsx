import { useHolder } from '../session.ts';
import { Nav } from './nav.tsx';

/** On a phone the navigation is where the thumb is. */
export function BottomBar() {
  const holder = useHolder();
  return holder === null ? null : <Nav role={holder.role} look="bottom" />;
}

import { useState } from 'react';
import { type Steady, steady } from './steady-list.ts';

/** `steady` over time. `update` lets in what is held back, and lets go what is gone. */
export function useSteadyList<Item extends { readonly id: string }>(
  fresh: readonly Item[],
): Steady<Item> & { update: () => void } {
  const [shown, setShown] = useState(fresh);
  const list = steady(shown, fresh);
  // What was added at the end is shown from now on: it may not be pushed aside either.
  if (list.rows.length > shown.length) setShown(list.rows.map(({ item }) => item));
  // And where nobody waits any more there is no row to keep a place for.
  if (fresh.length === 0 && shown.length > 0) setShown(fresh);
  return { ...list, update: () => setShown(fresh) };
}

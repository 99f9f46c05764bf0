/** A list that a finger is on: what stands, stands; what would push it aside waits to be let in. */
export type Steady<Item> = {
  /** In the order that they are shown. `isGone`: the list has it no more; it keeps its place until the next look. */
  readonly rows: readonly { readonly item: Item; readonly isGone: boolean }[];
  /** New ones that belong before something that is shown. */
  readonly held: readonly Item[];
};

/**
 * What was shown, brought up to date without moving a row: the contents change in place, new ones that come last are added,
 * those that would come between are held back.
 */
export function steady<Item extends { readonly id: string }>(
  shown: readonly Item[],
  fresh: readonly Item[],
): Steady<Item> {
  const freshById = new Map(fresh.map((item) => [item.id, item]));
  const shownIds = new Set(shown.map(({ id }) => id));
  const rows = shown.map((item) => ({ item: freshById.get(item.id) ?? item, isGone: !freshById.has(item.id) }));
  const lastKnown = fresh.findLastIndex(({ id }) => shownIds.has(id));
  // Where nothing that is shown is left, nothing can be pushed aside.
  const added = fresh.slice(lastKnown + 1).filter(({ id }) => !shownIds.has(id));
  const held = fresh.slice(0, lastKnown + 1).filter(({ id }) => !shownIds.has(id));
  return { rows: [...rows, ...added.map((item) => ({ item, isGone: false }))], held };
}

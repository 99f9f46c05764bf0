/** Where the tabs of a browser leave word for each other. Not there in other places, nor where a browser keeps nothing. */
function storage(): Storage | null {
  try {
    return globalThis.window === undefined ? null : globalThis.localStorage;
  } catch {
    return null;
  }
}

/** A note is in another tab's process a little later than the lock would be. Who reads the old one does it once more: no harm but a call. */
const noteMs = 100;

/** How often it has been done, by whatever tab. */
export function turnsOf(name: string): number {
  return Number(storage()?.getItem(`${name}-count`) ?? 0);
}

/**
 * Does something that is good for all tabs of a browser, one tab at a time (Web Locks). If it was done since `seen` (of
 * `turnsOf`, taken when it was not yet known to be needed) it is not done again. Where there are no locks each tab does it for
 * itself; who relies on this must bear that.
 * @returns whether it was done here.
 */
export async function inTurn(name: string, seen: number, act: () => Promise<void>): Promise<boolean> {
  const locks = globalThis.navigator?.locks;
  const notes = storage();
  if (locks === undefined || notes === null) {
    await act();
    return true;
  }
  return locks.request(name, async () => {
    // Not a time: clocks jump.
    if (turnsOf(name) !== seen) return false;
    await act();
    try {
      notes.setItem(`${name}-count`, String(seen + 1));
    } catch {
      // Full: the next tab does it for itself.
      return true;
    }
    const { pending = [] } = await locks.query();
    if (pending.some((waiting) => waiting.name === name)) await new Promise((resolve) => setTimeout(resolve, noteMs));
    return true;
  });
}

/** Where the tabs of a browser leave word for each other. Not there in other places, nor where a browser keeps nothing. */
function storage(): Storage | null {
  try {
    return globalThis.window === undefined ? null : globalThis.localStorage;
  } catch {
    return null;
  }
}

/**
 * Does something that is good for all tabs of a browser, one tab at a time (Web Locks). A tab that had to wait finds it done and
 * does not do it again. Where there are no locks each does it for itself; who relies on this must bear that.
 * @returns whether it was done here.
 */
export async function inTurn(name: string, act: () => Promise<void>): Promise<boolean> {
  const locks = globalThis.navigator?.locks;
  const notes = storage();
  if (locks === undefined || notes === null) {
    await act();
    return true;
  }
  const key = `${name}-count`;
  const count = () => Number(notes.getItem(key) ?? 0);
  const seen = count();
  return locks.request(name, async () => {
    // Not a time: clocks jump. The count is of those who were done.
    if (count() !== seen) return false;
    await act();
    try {
      notes.setItem(key, String(seen + 1));
    } catch {
      // Full: the next tab renews for itself.
    }
    return true;
  });
}

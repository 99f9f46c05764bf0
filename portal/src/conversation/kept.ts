const prefix = 'openward.chat.';

/**
 * Unsent things of one account, in this tab only: what is being written, and what was refused. Where nothing can be kept it is
 * forgotten with the page.
 */
export function readKept<T>(accountId: string, name: string): T | null {
  try {
    return JSON.parse(sessionStorage.getItem(`${prefix}${accountId}.${name}`) ?? 'null') as T | null;
  } catch {
    return null;
  }
}

export function keep(accountId: string, name: string, value: unknown): void {
  try {
    const key = `${prefix}${accountId}.${name}`;
    const isEmpty = value === null || value === '' || (Array.isArray(value) && value.length === 0);
    if (isEmpty) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing, or has no room.
  }
}

/** What is not this account's goes; with null all of it. */
export function forgetOthers(accountId: string | null): void {
  try {
    for (const key of Object.keys(sessionStorage)) {
      const isOwn = accountId !== null && key.startsWith(`${prefix}${accountId}.`);
      if (key.startsWith(prefix) && !isOwn) sessionStorage.removeItem(key);
    }
  } catch {
    // Nothing is kept then.
  }
}

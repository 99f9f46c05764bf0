type Name = 'language' | 'theme' | 'account';

/** Small things that this browser remembers. Where it may keep nothing, everything works but is forgotten. */
export function readKept(name: Name): string | null {
  try {
    return localStorage.getItem(`openward.${name}`);
  } catch {
    return null;
  }
}

export function writeKept(name: Name, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`openward.${name}`);
    else localStorage.setItem(`openward.${name}`, value);
  } catch {
    // A browser that keeps nothing.
  }
}

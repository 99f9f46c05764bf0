type Name = 'language' | 'theme' | 'account';

const draftPrefix = 'openward.draft.';

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

/** The key of what was sent from this tab and has had no answer yet: also after the page is loaded anew. */
export function readUnanswered(name: string): string | null {
  try {
    return sessionStorage.getItem(`openward.unanswered.${name}`);
  } catch {
    return null;
  }
}

export function writeUnanswered(name: string, key: string | null): void {
  try {
    if (key === null) sessionStorage.removeItem(`openward.unanswered.${name}`);
    else sessionStorage.setItem(`openward.unanswered.${name}`, key);
  } catch {
    // A browser that keeps nothing.
  }
}

/** Forgets what was being written, of everybody but this one. */
export function forgetDrafts(exceptOf: string | null): void {
  try {
    const drafts = Object.keys(localStorage).filter((key) => key.startsWith(draftPrefix));
    for (const key of drafts)
      if (exceptOf === null || !key.startsWith(`${draftPrefix}${exceptOf}.`)) localStorage.removeItem(key);
  } catch {
    // A browser that keeps nothing.
  }
}

/** What somebody is writing, under whose it is. Empty text is no draft. */
export function readDraft(accountId: string, name: string): string {
  try {
    return localStorage.getItem(`${draftPrefix}${accountId}.${name}`) ?? '';
  } catch {
    return '';
  }
}

export function writeDraft(accountId: string, name: string, text: string): void {
  const key = `${draftPrefix}${accountId}.${name}`;
  try {
    if (text === '') localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    // No room, or a browser that keeps nothing: the text is still on the screen.
  }
}

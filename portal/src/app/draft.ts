import { useState } from 'react';
import { readDraft, readUnanswered, writeDraft, writeUnanswered } from '#i18n/kept.ts';
import { currentHolder } from './session.ts';

/**
 * What somebody is writing, kept in this browser while it is written: a closed tab or a session that ran out loses no sentence. Only
 * its writer gets it back; a logout, and the login of somebody else, remove it.
 * @returns the text, how to change it, and how to forget it once it is sent: with `sent` only where nothing else is written by now.
 */
export function useDraft(name: string): [text: string, set: (text: string) => void, forget: (sent?: string) => void] {
  const accountId = currentHolder()?.id ?? '';
  const [text, setText] = useState(() => readDraft(accountId, name));
  const set = (next: string) => {
    setText(next);
    writeDraft(accountId, name, next);
  };
  const forget = (sent?: string) => {
    if (sent === undefined || sent === readDraft(accountId, name)) set('');
  };
  return [text, set, forget];
}

/** What is sent once under `key`, however often it is tried. */
export type Once = { readonly key: string; trying(): void; answered(): void };

/**
 * A key for each try to send the same, so that an answer that was lost makes no second one: whatever steps lie between, and also where this tab is
 * loaded anew before an answer has come.
 */
export function useOnce(name: string): Once {
  const [key] = useState(() => readUnanswered(name) ?? crypto.randomUUID());
  return {
    key,
    trying: () => writeUnanswered(name, key),
    answered: () => writeUnanswered(name, null),
  };
}

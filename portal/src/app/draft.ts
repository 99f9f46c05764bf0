import { useState } from 'react';
import { readDraft, writeDraft } from '#i18n/kept.ts';
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

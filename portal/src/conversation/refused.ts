import type { Chat } from '@openward/client';
import { loadText } from '#i18n/use-text.ts';
import { toast } from '#ui/toast.tsx';
import { keepFailed } from './failed.ts';
import { othersIn } from './rooms.ts';
import { notRefused, outgoing } from './unsent.ts';

/** Rooms whose conversation is on the page: it shows by itself what is refused. */
const shown: string[] = [];

/** A conversation is on the page from here on. @returns what ends it. */
export function show(roomId: string): () => void {
  shown.push(roomId);
  return () => void shown.splice(shown.indexOf(roomId), 1);
}

/** Any page sends what was left: what is refused waits in its conversation, and where one is, it is said. */
export function followRefused(chat: Chat, ownId: string): void {
  chat.on('refused', ({ entry, error }) => {
    if (shown.includes(entry.roomId) || notRefused.has(error.code)) return;
    keepFailed(ownId, { ...outgoing(entry, []), failure: error.code });
    void tell(entry.roomId, ownId);
  });
}

async function tell(roomId: string, ownId: string): Promise<void> {
  const [t, name] = await Promise.all([loadText('shell'), othersIn(roomId, ownId).catch(() => '')]);
  toast(name === '' ? t('unsent') : t('unsent.to', { name }), 'danger');
}

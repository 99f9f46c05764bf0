import { type Chat, type ChatState, dropOtherOutboxes, indexedDbOutbox } from '@openward/client';
import { useCallback, useSyncExternalStore } from 'react';
import { api } from '#app/api.ts';
import { queryClient } from '#app/query-client.ts';
import { currentHolder, meQuery, onHolderChange, onLogOut } from '#app/session.ts';
import { forgetOthers } from './kept.ts';
import { followRefused } from './refused.ts';
import { followRequests } from './requests.ts';
import { followRooms } from './rooms.ts';

/** The chat of whoever is logged in: one connection for each tab, for as long as the session lasts. */
let chat: Chat | null = null;
let accountId: string | null = null;
const listeners = new Set<() => void>();

function follow(): void {
  const holder = currentHolder();
  const next = holder === null || holder.role === 'admin' ? null : holder.id;
  if (next === accountId) return;
  chat?.close();
  accountId = next;
  set(null);
  if (next !== null) void begin(next);
}

/** Once the session is known to be good, and renewed where it had run out: a socket that is refused says nothing of why. */
async function begin(id: string): Promise<void> {
  await queryClient.ensureQueryData(meQuery).catch(() => undefined);
  if (accountId === id && chat === null) set(connect(id));
}

function set(next: Chat | null): void {
  chat = next;
  for (const listener of listeners) listener();
}

function connect(id: string): Chat {
  // On a browser that somebody else used before, nothing of theirs stays.
  forgetOthers(id);
  void dropOtherOutboxes(id).catch(() => undefined);
  const opened = api.connectChat({ storage: indexedDbOutbox(id) });
  followRefused(opened, id);
  followRooms(opened, id);
  followRequests(opened);
  return opened;
}

follow();
onHolderChange(follow);
onLogOut(({ id }) => {
  forgetOthers(null);
  void indexedDbOutbox(id).clear();
});

// The old connection may be dead without a word, and the next try far off.
for (const change of ['online', 'offline']) addEventListener(change, () => chat?.reconnect());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && chat?.state.state === 'waiting') chat.reconnect();
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The chat of the session; null for strangers and admins, who have none. */
export function useChat(): Chat | null {
  return useSyncExternalStore(subscribe, () => chat);
}

export function useChatState(of: Chat): ChatState['state'] {
  const listen = useCallback((listener: () => void) => of.on('state', listener), [of]);
  return useSyncExternalStore(listen, () => of.state.state);
}

/** Who is typing in a room, by account. */
export function useTypists(of: Chat, roomId: string): string {
  const listen = useCallback(
    (listener: () => void) => {
      const offs = [of.on('typing', listener), of.on('typingEnded', listener)];
      return () => {
        for (const off of offs) off();
      };
    },
    [of],
  );
  return useSyncExternalStore(listen, () => of.typingIn(roomId).join(' '));
}

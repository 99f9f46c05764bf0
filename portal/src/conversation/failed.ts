import type { OutboxEntry } from '@openward/client';
import { keep, readKept } from './kept.ts';
import type { Outgoing } from './timeline-state.ts';

const nameOf = (roomId: string) => `failed.${roomId}`;

/** One's own messages of a room that were refused, and neither sent again nor put away since. */
export function failedIn(ownId: string, roomId: string): readonly Outgoing[] {
  return readKept<Outgoing[]>(ownId, nameOf(roomId)) ?? [];
}

export function keepFailed(ownId: string, failed: Outgoing): void {
  const { roomId, clientId } = failed.entry;
  keep(ownId, nameOf(roomId), [...without(ownId, roomId, clientId), failed]);
}

export function dropFailed(ownId: string, { roomId, clientId }: Pick<OutboxEntry, 'roomId' | 'clientId'>): void {
  keep(ownId, nameOf(roomId), without(ownId, roomId, clientId));
}

function without(ownId: string, roomId: string, clientId: string): readonly Outgoing[] {
  return failedIn(ownId, roomId).filter(({ entry }) => entry.clientId !== clientId);
}

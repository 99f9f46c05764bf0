import { eventsOf } from '../history.ts';
import { isSameMessage, liveDevicesOf, placeOf, roomsOfMember, sightingsOf, storedByPlace } from '../views.ts';
import type { Check } from './invariant.ts';

/**
 * (4) Whoever was shown a seq was shown what is stored under it; and once all is quiet each member reads the whole room, at
 * each node, as it is stored.
 */
export const viewsAgree: Check = (round) => {
  const stored = storedByPlace(round);
  const found: string[] = [];
  for (const { device, where, message } of sightingsOf(round)) {
    const truth = stored.get(placeOf(message));
    if (truth !== undefined && !isSameMessage(truth, message)) {
      found.push(`${device} was shown another message as ${placeOf(message)} (${where}) than is stored there`);
    }
  }
  return [...found, ...unreadPlaces(round)];
};

function unreadPlaces(round: Parameters<Check>[0]): string[] {
  const read = new Map<string, Set<number>>();
  for (const { final, status, accountId, node, roomId, messages } of eventsOf(round, 'reply')) {
    if (final !== true || status !== 200) continue;
    const key = `${accountId} ${node} ${roomId}`;
    const seqs = read.get(key) ?? new Set();
    read.set(key, seqs);
    for (const { seq } of messages) seqs.add(seq);
  }
  const nodes = new Set([...read.keys()].map((key) => key.split(' ')[1] ?? ''));
  const found: string[] = [];
  for (const accountId of new Set(liveDevicesOf(round).map((device) => device.accountId))) {
    for (const { roomId, lastSeq } of round.database.rooms) {
      if (!roomsOfMember(round, accountId).has(roomId)) continue;
      for (const node of nodes) {
        const count = read.get(`${accountId} ${node} ${roomId}`)?.size ?? 0;
        if (count !== lastSeq) found.push(`${accountId} read ${count} of ${lastSeq} messages of ${roomId} at ${node}`);
      }
    }
  }
  return found;
}

import { eventsOf, type Reading } from '../history.ts';
import { connectionsOf, framesOf } from '../views.ts';
import type { Check } from './invariant.ts';

/** So long a handshake may take: the server may have read how far somebody is before the client knew that it is let in. */
const handshakeMs = 3000;

/**
 * (19) How far somebody has read is what one of their devices said, and never goes back: it is stored, and every socket that they open
 * later begins with it or with what came since. What others are told of it was said before.
 */
export const readingStays: Check = (round) => {
  const readings = Map.groupBy(eventsOf(round, 'reading'), keyOf);
  // The same people are in rooms of other rounds.
  const rooms = new Set(round.database.rooms.map(({ roomId }) => roomId));
  const found: string[] = [];
  for (const member of round.database.members.filter(({ roomId }) => rooms.has(roomId))) {
    const own = readings.get(keyOf(member)) ?? [];
    const [least, most] = [furthest(own, isDone), furthest(own)];
    if (member.readSeq < least || member.readSeq > Math.max(least, most))
      found.push(`${keyOf(member)} has read up to ${least}, at most ${most}, and ${member.readSeq} is stored`);
  }
  for (const view of connectionsOf(round)) {
    for (const { at, frame } of framesOf(view, 'read')) {
      if (!rooms.has(frame.roomId)) continue;
      const said = furthest(readings.get(keyOf(frame)) ?? [], (reading) => reading.at < at);
      if (frame.seq > said)
        found.push(`${view.connection} was told that ${keyOf(frame)} has read ${frame.seq}, of ${said}`);
    }
    for (const { frame } of framesOf(view, 'ready')) {
      for (const { roomId, readSeq } of frame.rooms) {
        const own = readings.get(keyOf({ roomId, accountId: view.accountId })) ?? [];
        const known = furthest(own, (reading) => isDone(reading) && reading.at < view.openedAt - handshakeMs);
        if (readSeq < known) found.push(`${view.connection} had read ${known} of ${roomId} and began with ${readSeq}`);
      }
    }
  }
  return found;
};

function keyOf({ roomId, accountId }: { roomId: string; accountId: string }): string {
  return `${roomId} ${accountId}`;
}

function isDone({ status }: Reading): boolean {
  return status === 204;
}

function furthest<R extends Reading>(readings: readonly R[], counts: (reading: R) => boolean = () => true): number {
  return Math.max(0, ...readings.filter(counts).map(({ seq }) => seq));
}

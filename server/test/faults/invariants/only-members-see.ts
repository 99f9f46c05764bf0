import type { ServerFrame } from '@openward/contracts';
import { eventsOf, type Round } from '../history.ts';
import { acksOf, type ConnectionView, connectionsOf, placeOf, sightingsOf } from '../views.ts';
import type { Check } from './invariant.ts';

/** How long after its end an open socket may still be served (contract, section 2), and what a busy machine adds. */
const revocationMs = 2000 + 1000;

/**
 * (8) Nobody is shown anything of a room in which they are not: those who never were, nothing at all; those who left, nothing that
 * was written since; those whose session ended, nothing once two seconds have gone by while the databases answered.
 */
export const onlyMembersSee: Check = (round) => {
  const ever = new Set(round.database.members.map(({ roomId, accountId }) => `${roomId} ${accountId}`));
  const leaving = new Map(eventsOf(round, 'left').map((left) => [`${left.roomId} ${left.accountId}`, left]));
  const found: string[] = [];
  for (const { device, accountId, where, message } of sightingsOf(round)) {
    const key = `${message.roomId} ${accountId}`;
    const left = leaving.get(key);
    if (!ever.has(key)) found.push(`${device} is not in the room and was shown ${placeOf(message)} (${where})`);
    else if (left !== undefined && message.seq > left.lastSeq) {
      found.push(`${device} left after seq ${left.lastSeq} and was shown ${placeOf(message)} (${where})`);
    }
  }
  for (const { device, accountId, roomId, call, status } of eventsOf(round, 'reply')) {
    if (status < 300 && status !== 0 && !ever.has(`${roomId} ${accountId}`))
      found.push(`${device} is not in ${roomId} and could ${call}`);
  }
  for (const { device, accountId, roomId, seq, status } of eventsOf(round, 'change')) {
    const isDone = status !== null && status >= 200 && status < 300;
    if (isDone && !ever.has(`${roomId} ${accountId}`))
      found.push(`${device} is not in ${roomId} and changed seq ${seq}`);
  }
  for (const ack of acksOf(round)) {
    if (!ever.has(`${ack.roomId} ${ack.accountId}`)) found.push(`${ack.device} is not in ${ack.roomId} and could send`);
  }
  for (const view of connectionsOf(round)) found.push(...hints(view, ever), ...afterTheEnd(view, round));
  return found;
};

/** Frames that are no messages, and tell that a room exists. */
function hints({ device, accountId, frames }: ConnectionView, ever: ReadonlySet<string>): string[] {
  return frames.flatMap(({ frame }) =>
    frame.type === 'error' || frame.type === 'message' || frame.type === 'ack'
      ? []
      : roomsIn(frame)
          .filter((roomId) => !ever.has(`${roomId} ${accountId}`))
          .map((roomId) => `${device} is not in ${roomId} and got "${frame.type}" of it`),
  );
}

function roomsIn(frame: ServerFrame): string[] {
  if (frame.type === 'ready') return frame.rooms.map(({ roomId }) => roomId);
  return 'roomId' in frame ? [frame.roomId] : [];
}

/**
 * A socket whose session has ended is closed in time; it does not matter whether anything came over it. While a database is away
 * the end cannot be known: the time runs from the healing.
 */
function afterTheEnd({ connection, device }: ConnectionView, round: Round): string[] {
  const ended = eventsOf(round, 'ended').find((event) => event.device === device);
  if (ended === undefined) return [];
  const healedAt = eventsOf(round, 'healed')[0]?.at ?? 0;
  const from = Math.max(ended.at, healedAt);
  const closedAt = eventsOf(round, 'close').find((event) => event.connection === connection)?.at;
  const openUntil = closedAt ?? round.events.at(-1)?.at ?? 0;
  if (openUntil <= from + revocationMs) return [];
  return [`${device} was logged out, and its socket was open ${Math.round(openUntil - from)} ms later`];
}

import type { Round } from '../history.ts';
import { type ConnectionView, framesOf, placeOf } from '../views.ts';

/** What is wrong with the order in which a connection was shown the messages of its rooms. */
export type StreamFaults = { repeats: string[]; gaps: string[] };

/** In one room: the seq that has to come next, and up to where the client asked for everything, its own messages too. */
type Cursor = { next: number; repeatTo: number };

/**
 * Reads the frames of a connection as a client does that trusts them: after `ready` or `resumed` each seq has to be the next,
 * but for those that this connection wrote itself and got an ack for.
 */
export function readStreams(view: ConnectionView, round: Pick<Round, 'events' | 'database'>): StreamFaults {
  const faults: StreamFaults = { repeats: [], gaps: [] };
  const cursors = new Map<string, Cursor>();
  const own = ownPlaces(view, round);
  const name = `${view.device} (${view.connection})`;
  for (const { frame } of view.frames) {
    if (frame.type === 'ready') {
      for (const { roomId, headSeq } of frame.rooms) cursors.set(roomId, { next: headSeq + 1, repeatTo: 0 });
    } else if (frame.type === 'resumed') {
      cursors.set(frame.roomId, { next: frame.fromSeq, repeatTo: frame.toSeq });
    } else if (frame.type === 'message') {
      const place = placeOf(frame);
      const cursor = cursors.get(frame.roomId) ?? { next: frame.seq, repeatTo: 0 };
      cursors.set(frame.roomId, cursor);
      while (cursor.next < frame.seq && own.skippable.has(placeOf({ roomId: frame.roomId, seq: cursor.next }))) {
        cursor.next += 1;
      }
      if (frame.seq < cursor.next) faults.repeats.push(`${name} was shown ${place} when ${cursor.next} was next`);
      if (frame.seq > cursor.next) faults.gaps.push(`${name} was shown ${place} when ${cursor.next} was next`);
      if (own.acked.has(place) && frame.seq > cursor.repeatTo) {
        faults.repeats.push(`${name} got both the ack of ${place} and the message`);
      }
      cursor.next = Math.max(cursor.next, frame.seq + 1);
    }
  }
  return faults;
}

/**
 * `acked`: written by this connection, which got the ack. `skippable`: those, and what it wrote without having heard the
 * outcome, since ack and message frames have no order between them and the ack may have been cut off.
 */
function ownPlaces(view: ConnectionView, { events, database }: Pick<Round, 'events' | 'database'>) {
  const acks = framesOf(view, 'ack').map(({ frame }) => frame);
  const acked = new Set(acks.filter(({ duplicate }) => !duplicate).map(placeOf));
  const skippable = new Set(acks.map(placeOf));
  const asked = new Set<string>();
  for (const event of events) {
    if (event.kind === 'send' && event.connection === view.connection) asked.add(`${event.roomId} ${event.clientId}`);
  }
  for (const { frame } of framesOf(view, 'error')) {
    for (const name of asked)
      if (frame.clientId !== undefined && name.endsWith(` ${frame.clientId}`)) asked.delete(name);
  }
  for (const message of database.messages) {
    if (message.senderId !== view.accountId || !asked.has(`${message.roomId} ${message.clientId}`)) continue;
    skippable.add(placeOf(message));
  }
  return { acked, skippable };
}

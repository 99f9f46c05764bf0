import type { Bus } from '#platform/bus/bus.ts';
import type { Ctx } from '#server/context.ts';
import { messagesAppended, type RoomHead } from './topics.ts';

/** By room: of several messages the newest tells of the others. */
type News = Map<string, RoomHead>;

/** So many rooms in one event, so that it stays below the size that a bus takes. */
const maxRooms = 60;

const pending = new WeakMap<Bus, News>();

/** Tells all nodes of a committed message: one event for all that were committed in this turn. */
export function announceMessage({ bus }: Pick<Ctx, 'bus'>, head: RoomHead): void {
  let news = pending.get(bus);
  if (news === undefined) {
    news = new Map();
    pending.set(bus, news);
    setImmediate(() => publish(bus));
  }
  const known = news.get(head.roomId);
  news.set(head.roomId, known === undefined ? head : newer(known, head));
}

function newer(one: RoomHead, other: RoomHead): RoomHead {
  const { roomId } = one;
  return { roomId, seq: Math.max(one.seq, other.seq), version: Math.max(one.version, other.version) };
}

function publish(bus: Bus): void {
  const rooms = [...(pending.get(bus)?.values() ?? [])];
  pending.delete(bus);
  for (let start = 0; start < rooms.length; start += maxRooms) {
    bus.publish(messagesAppended, { rooms: rooms.slice(start, start + maxRooms) });
  }
}

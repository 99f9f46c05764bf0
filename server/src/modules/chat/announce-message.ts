import type { Bus } from '#platform/bus/bus.ts';
import type { Trace } from '#platform/tracing/trace.ts';
import type { Ctx } from '#server/context.ts';
import { messagesAppended, type RoomHead } from './topics.ts';

/** By room: of several messages the newest tells of the others. They travel in the trace of the first, or of one that is recorded. */
type News = { rooms: Map<string, RoomHead>; trace: Trace | undefined };

/** So many rooms in one event, so that it stays below the size that a bus takes. */
const maxRooms = 60;

const pending = new WeakMap<Bus, News>();

/** Tells all nodes of a committed message: one event for all that were committed in this turn. */
export function announceMessage({ bus, origin: { trace } }: Pick<Ctx, 'bus' | 'origin'>, head: RoomHead): void {
  let news = pending.get(bus);
  if (news === undefined) {
    news = { rooms: new Map(), trace };
    pending.set(bus, news);
    setImmediate(() => publish(bus));
  } else if (trace?.sampled === true && news.trace?.sampled !== true) news.trace = trace;
  const known = news.rooms.get(head.roomId);
  news.rooms.set(head.roomId, known === undefined ? head : newer(known, head));
}

function newer(one: RoomHead, other: RoomHead): RoomHead {
  const { roomId } = one;
  return { roomId, seq: Math.max(one.seq, other.seq), version: Math.max(one.version, other.version) };
}

function publish(bus: Bus): void {
  const news = pending.get(bus);
  const rooms = [...(news?.rooms.values() ?? [])];
  pending.delete(bus);
  for (let start = 0; start < rooms.length; start += maxRooms) {
    bus.publish(messagesAppended, { rooms: rooms.slice(start, start + maxRooms), atMs: Date.now() }, news?.trace);
  }
}

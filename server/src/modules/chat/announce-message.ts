import type { Bus } from '#platform/bus/bus.ts';
import type { Trace } from '#platform/tracing/trace.ts';
import type { Ctx } from '#server/context.ts';
import { type Carried, carriedChars, sealCarried, sealChars } from './carried-messages.ts';
import { type AppendedNews, messagesAppended, type RoomHead } from './topics.ts';

/** A room has come this far; `json` is the message there, where it is worth carrying. */
type Piece = RoomHead & { json?: string };

/** Everything that was committed in a turn, in its order. It travels in the trace of the first, or of one that is recorded. */
type News = { pieces: Piece[]; trace: Trace | undefined };

type Teller = Pick<Ctx, 'bus' | 'keys' | 'origin'>;

/** So many characters in one event, so that it stays below the size that a bus takes. */
const maxChars = 6500;
const roomChars = 110;

const pending = new WeakMap<Bus, News>();

/**
 * Tells all nodes of a committed message, in few events for all that were committed in this turn. Where there are other nodes,
 * `carried` goes with it, so that they need not read it.
 */
export function announceMessage(ctx: Teller, head: RoomHead, carried?: Carried): void {
  const { bus, trace } = { bus: ctx.bus, trace: ctx.origin.trace };
  let news = pending.get(bus);
  if (news === undefined) {
    news = { pieces: [], trace };
    pending.set(bus, news);
    // A turn later: what this one has for sockets is written first, above all the ack of the message.
    setImmediate(() => setImmediate(() => publish(ctx)));
  } else if (trace?.sampled === true && news.trace?.sampled !== true) news.trace = trace;
  news.pieces.push(carried === undefined || !bus.hasOthers ? head : { ...head, json: JSON.stringify(carried) });
}

function publish({ bus, keys }: Teller): void {
  const news = pending.get(bus);
  pending.delete(bus);
  for (const { rooms, jsons } of eventsOf(news?.pieces ?? [])) {
    const event: AppendedNews = { rooms: [...rooms.values()], atMs: Date.now() };
    if (jsons.length > 0) event.sealed = sealCarried(keys.encryption, jsons);
    bus.publish(messagesAppended, event, news?.trace);
  }
}

type Event = { rooms: Map<string, RoomHead>; jsons: string[]; chars: number };

/** Each event says of its rooms how far they are with the messages in it: those of the next one are no reason to read. */
function eventsOf(pieces: readonly Piece[]): Event[] {
  const events: Event[] = [];
  let event: Event | undefined;
  for (const { json, ...head } of pieces) {
    const carriedSize = json === undefined ? 0 : carriedChars(json);
    const fits = roomChars + sealChars + carriedSize <= maxChars;
    const added = (event?.rooms.has(head.roomId) ? 0 : roomChars) + (fits ? carriedSize : 0);
    if (event === undefined || event.chars + added > maxChars) {
      event = { rooms: new Map(), jsons: [], chars: sealChars };
      events.push(event);
    }
    const known = event.rooms.get(head.roomId);
    event.rooms.set(head.roomId, known === undefined ? head : newer(known, head));
    if (json !== undefined && fits) event.jsons.push(json);
    event.chars += added;
  }
  return events;
}

function newer(one: RoomHead, other: RoomHead): RoomHead {
  const { roomId } = one;
  return { roomId, seq: Math.max(one.seq, other.seq), version: Math.max(one.version, other.version) };
}

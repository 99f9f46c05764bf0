import type { Bus } from '#platform/bus/bus.ts';
import type { Trace } from '#platform/tracing/trace.ts';
import type { Ctx } from '#server/context.ts';
import { type Carried, carriedChars, keepCarried, sealCarried, sealChars } from './carried-messages.ts';
import { type AppendedNews, messagesAppended, type RoomHead } from './topics.ts';

/** A room has come this far, by this message, where it is worth carrying. */
type Piece = RoomHead & { carried?: Carried | undefined };

/** What was committed and is not told yet, in its order. It travels in the trace of the first, or of one that is recorded. */
type Untold<P> = { pieces: P[]; trace: Trace | undefined; atMs: number };

type Teller = Pick<Ctx, 'bus' | 'keys' | 'origin'>;

/** So many characters in one event, so that it stays below the size that a bus takes. */
const maxChars = 6500;
const roomChars = 110;

const untoldHere = new WeakMap<Bus, Untold<Piece>>();
const untoldToOthers = new WeakMap<Bus, Untold<Piece> & { offered?: true }>();

/**
 * Tells all nodes of a committed message: this one in few events for all that were committed in this turn, the others in few for all until events
 * go out, since to seal and to open them costs the same for one message as for ten; nobody where this node is alone. Where there are other nodes, `carried` goes with it, so that they need not read it.
 */
export function announceMessage(ctx: Teller, head: RoomHead, carried?: Carried): void {
  const { bus, origin } = ctx;
  // A turn later: what this one has for sockets is written first, above all the ack of the message.
  if (!untoldHere.has(bus)) setImmediate(() => setImmediate(() => tell(ctx)));
  const piece = { ...head, carried };
  note(untoldHere, bus, piece, origin.trace);
  if (bus.needsTelling()) note(untoldToOthers, bus, bus.hasOthers ? piece : head, origin.trace);
}

function note<P>(untold: WeakMap<Bus, Untold<P>>, bus: Bus, piece: P, trace: Trace | undefined): void {
  const news = untold.get(bus) ?? { pieces: [], trace, atMs: Date.now() };
  untold.set(bus, news);
  if (trace?.sampled === true && news.trace?.sampled !== true) news.trace = trace;
  news.pieces.push(piece);
}

function tell({ bus, keys }: Teller): void {
  const here = untoldHere.get(bus);
  untoldHere.delete(bus);
  if (here !== undefined) {
    const rooms = new Map<string, RoomHead>();
    for (const head of here.pieces) raise(rooms, head);
    const news = { rooms: [...rooms.values()], atMs: here.atMs };
    keepCarried(
      news,
      here.pieces.flatMap(({ carried }) => carried ?? []),
    );
    bus.tellHere(messagesAppended, news, here.trace);
  }
  const others = untoldToOthers.get(bus);
  if (others === undefined || others.offered) return;
  others.offered = true;
  bus.tellOthers(messagesAppended, () => {
    untoldToOthers.delete(bus);
    return eventsOf(others.pieces).map(({ rooms, jsons }) => {
      const payload: AppendedNews = { rooms: [...rooms.values()], atMs: others.atMs };
      if (jsons.length > 0) payload.sealed = sealCarried(keys.encryption, jsons);
      return { payload, trace: others.trace };
    });
  });
}

type Event = { rooms: Map<string, RoomHead>; jsons: string[]; chars: number };

/** Each event says of its rooms how far they are with the messages in it: those of the next one are no reason to read. */
function eventsOf(pieces: readonly Piece[]): Event[] {
  const events: Event[] = [];
  let event: Event | undefined;
  for (const { carried, ...head } of pieces) {
    const json = carried === undefined ? undefined : JSON.stringify(carried);
    const carriedSize = json === undefined ? 0 : carriedChars(json);
    const fits = roomChars + sealChars + carriedSize <= maxChars;
    const added = (event?.rooms.has(head.roomId) ? 0 : roomChars) + (fits ? carriedSize : 0);
    if (event === undefined || event.chars + added > maxChars) {
      event = { rooms: new Map(), jsons: [], chars: sealChars };
      events.push(event);
    }
    raise(event.rooms, head);
    if (json !== undefined && fits) event.jsons.push(json);
    event.chars += added;
  }
  return events;
}

function raise(rooms: Map<string, RoomHead>, { roomId, seq, version }: RoomHead): void {
  const known = rooms.get(roomId);
  rooms.set(roomId, {
    roomId,
    seq: Math.max(known?.seq ?? 0, seq),
    version: Math.max(known?.version ?? 0, version),
  });
}

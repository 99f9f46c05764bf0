import { eventsOf, type Round } from './history.ts';
import { connectionsOf, placeOf } from './views.ts';

// What became of messages after they were sent, made of the raw history.

/** One try to change a message. `doneAt` null: whether it was done is not known. Those that were refused are left out. */
export type Try = { askedAt: number; doneAt: number | null; text: string | null };

/** The tries on each message, oldest first: whoever changes a message does so one try after another. */
export function triesOf(round: Pick<Round, 'events'>): Map<string, Try[]> {
  const tries = new Map<string, Try[]>();
  for (const [place, events] of Map.groupBy(eventsOf(round, 'change'), placeOf)) {
    const open = new Map<string, Try>();
    const list: Try[] = [];
    for (const { at, device, text, status } of events) {
      const own = open.get(device);
      if (status === null) {
        const made = { askedAt: at, doneAt: null, text };
        open.set(device, made);
        list.push(made);
      } else if (own !== undefined) {
        if (status >= 200 && status < 300) own.doneAt = at;
        else if (status >= 400 && status < 500) list.splice(list.indexOf(own), 1);
      }
    }
    if (list.length > 0) tries.set(place, list);
  }
  return tries;
}

/** The newest change that was acknowledged before a moment. */
export function newestDone(
  tries: readonly Try[],
  before = Number.POSITIVE_INFINITY,
): (Try & { doneAt: number }) | null {
  const newest = tries.findLast(({ doneAt }) => doneAt !== null && doneAt < before);
  return newest === undefined || newest.doneAt === null ? null : { ...newest, doneAt: newest.doneAt };
}

/** What may be shown to whoever asks at a moment: the newest that was acknowledged by then, or one after it. Null: anything. */
export function allowedAfter(tries: readonly Try[], moment?: number): Set<string | null> | null {
  const newest = newestDone(tries, moment);
  if (newest === null) return null;
  if (newest.text === null) return new Set([null]);
  return new Set(tries.slice(tries.findIndex(({ askedAt }) => askedAt === newest.askedAt)).map(({ text }) => text));
}

/** A text, or that there is none any more, that somebody was shown. */
export type Showing = {
  at: number;
  /** Of an answer over HTTP. */
  askedAt: number | null;
  /** Of a frame. */
  connection: string | null;
  device: string;
  where: string;
  place: string;
  text: string | null;
};

export function showingsOf(round: Pick<Round, 'events'>): Showing[] {
  const showings: Showing[] = [];
  for (const { connection, device, frames } of connectionsOf(round)) {
    for (const { at, frame } of frames) {
      if (frame.type !== 'message' && frame.type !== 'edited' && frame.type !== 'retracted') continue;
      const text = frame.type === 'retracted' ? null : frame.text;
      showings.push({ at, askedAt: null, connection, device, where: connection, place: placeOf(frame), text });
    }
  }
  for (const { at, askedAt, device, call, node, messages } of eventsOf(round, 'reply')) {
    for (const message of messages) {
      const where = `HTTP ${call} at ${node}`;
      showings.push({ at, askedAt, connection: null, device, where, place: placeOf(message), text: message.text });
    }
  }
  return showings;
}

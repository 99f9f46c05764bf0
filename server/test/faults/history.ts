import type { AuditEntry, Message, ServerFrame } from '@openward/contracts';

/**
 * What one client, or the harness itself, saw. Times are milliseconds of one monotonic clock for all of them, so that "before" and
 * "after" mean something across devices; a fault that turns the nodes' clocks does not touch it.
 */
export type HistoryEvent = { at: number } & (
  | { kind: 'device'; device: string; accountId: string; rooms: string[] }
  | { kind: 'open'; connection: string; device: string; accountId: string; node: string }
  | { kind: 'frame'; connection: string; frame: ServerFrame }
  /** `own`: the client broke it. */
  | { kind: 'close'; connection: string; code: number; own?: boolean }
  | {
      kind: 'send';
      device: string;
      accountId: string;
      connection: string | null;
      roomId: string;
      clientId: string;
      text: string;
      attachmentIds?: readonly string[];
    }
  | Reply
  | Change
  | Reading
  /** A file was taken in, as these bytes. */
  | { kind: 'upload'; device: string; accountId: string; roomId: string; attachmentId: string; sha256: string }
  | Download
  /** A member was taken out of a room, whose head then was `lastSeq`. */
  | { kind: 'left'; accountId: string; roomId: string; lastSeq: number }
  /** A member has come into a room, or come back, and can read it. */
  | { kind: 'joined'; accountId: string; roomId: string }
  /** The session of a device has been ended, by logout or ban, and the server has said so. */
  | { kind: 'ended'; device: string }
  | { kind: 'fault'; fault: string; did: string }
  /** The fault is over; how far each room is, by the database itself. */
  | { kind: 'healed'; heads: Record<string, number> }
  /** What a node's process uses. */
  | { kind: 'usage'; node: string; rssMb: number; descriptors: number }
  /** A node's process is gone; `asked`: because the harness made it end. */
  | { kind: 'exit'; node: string; asked: boolean; how: string }
);

/** Somebody gives a message another text, or takes it back (`text` is null). Status null: it was asked for; else the answer, 0 for none. */
export type Change = {
  kind: 'change';
  device: string;
  accountId: string;
  roomId: string;
  seq: number;
  text: string | null;
  status: number | null;
};

/** Somebody says how far they have read. Status null: it was asked for; else the answer, 0 for none. */
export type Reading = {
  kind: 'reading';
  device: string;
  accountId: string;
  roomId: string;
  seq: number;
  status: number | null;
};

/** Somebody tried to get the bytes of a file: by a link of their own, or by one that was made for another. */
export type Download = {
  kind: 'download';
  device: string;
  accountId: string;
  node: string;
  roomId: string;
  attachmentId: string;
  askedAt: number;
  status: number;
  /** Of what came. Null: nothing. */
  sha256: string | null;
  /** Tried once all is quiet. */
  final: boolean;
};

/** The answer to a call over HTTP that sends or reads messages. Status 0: there was none. */
export type Reply = {
  kind: 'reply';
  device: string;
  accountId: string;
  node: string;
  call: 'send' | 'read' | 'search' | 'changes' | 'versions';
  askedAt: number;
  roomId: string;
  status: number;
  requestId: string | null;
  /** Of a send. */
  clientId?: string;
  /** Of a read: from here on, oldest first. */
  after?: number;
  /** Of a read: this seq was acknowledged before the read began, so it must be there. */
  expects?: number;
  /** One page of the whole room, read by a member once all is quiet. */
  final?: boolean;
  messages: Message[];
  headSeq: number | null;
  /** Of `changes`: of each of the messages. */
  changeSeqs?: number[];
  /** Of `versions`: of which message, and what it said before. */
  seq?: number;
  texts?: string[];
};

/** A row: the message with the change of its room that it was last part of. */
export type StoredMessage = Message & { changeSeq: number | null };

/** A new kind of event may carry anything but the time, which the recorder adds. */
export type NewEvent = HistoryEvent extends infer E ? (E extends { at: number } ? Omit<E, 'at'> : never) : never;

export type Member = { roomId: string; accountId: string; leftAt: string | null; readSeq: number };

/** Everything that there is to judge a round by: what was seen, and what is stored. */
export type Round = {
  events: readonly HistoryEvent[];
  database: {
    rooms: { roomId: string; lastSeq: number; changeSeq: number }[];
    members: Member[];
    messages: StoredMessage[];
    /** What messages said before. */
    versions: { roomId: string; seq: number; text: string }[];
  };
  audit: readonly AuditEntry[];
  /** How soon after the end of a fault everybody is to have everything. */
  withinMs: number;
};

export type EventOf<K extends HistoryEvent['kind']> = Extract<HistoryEvent, { kind: K }>;

export function eventsOf<K extends HistoryEvent['kind']>(round: Pick<Round, 'events'>, kind: K): EventOf<K>[] {
  return round.events.filter((event): event is EventOf<K> => event.kind === kind);
}

/** Events of a round, in memory and, when the round failed, in a file of JSON lines. */
export class History {
  readonly events: HistoryEvent[] = [];
  readonly #listeners = new Set<(event: HistoryEvent) => void>();

  static nowMs(): number {
    return Math.round(performance.now() * 1000) / 1000;
  }

  record(event: NewEvent): void {
    const stamped = { at: History.nowMs(), ...event } as HistoryEvent;
    this.events.push(stamped);
    for (const listener of this.#listeners) listener(stamped);
  }

  /** Resolves at the next event for which this is true. */
  next(matches: (event: HistoryEvent) => boolean): Promise<HistoryEvent> {
    return new Promise((resolve) => {
      const listener = (event: HistoryEvent) => {
        if (!matches(event)) return;
        this.#listeners.delete(listener);
        resolve(event);
      };
      this.#listeners.add(listener);
    });
  }
}

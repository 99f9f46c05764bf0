import type { AuditEntry, Message } from '@openward/contracts';
import type { Change, EventOf, HistoryEvent, NewEvent, Reply, Round, StoredMessage } from '../history.ts';

/** A hand-made history of one room, in which Ana and Ben are, and Eve is not. Each event comes a millisecond after the one before. */
export class Story {
  readonly #events: HistoryEvent[] = [];
  readonly #messages: StoredMessage[] = [];
  readonly #versions: Round['database']['versions'] = [];
  readonly #audit: AuditEntry[] = [];
  readonly #left = new Map<string, string>();
  readonly #readSeqs = new Map<string, number>();
  #members = ['ana', 'ben'];
  #lastSeq: number | null = null;
  #nowMs = 0;

  /** What is stored: seqs in the order of the calls unless they are given. */
  stored(senderId: string, clientId: string, more: Partial<StoredMessage> = {}): this {
    const seq = this.#messages.length + 1;
    this.#messages.push({ changeSeq: null, ...message(senderId, clientId, { seq, ...more }), ...more });
    return this;
  }

  /** What a message said before. */
  said(seq: number, text: string): this {
    this.#versions.push({ roomId: 'room', seq, text });
    return this;
  }

  /** Ana changes a message of hers; without an answer it is not known whether it worked. */
  changes(text: string | null, answer: number | null = 200, more: Partial<Change> = {}): this {
    const change = {
      kind: 'change',
      device: 'ana-http',
      accountId: 'ana',
      roomId: 'room',
      seq: 1,
      text,
      ...more,
    } as const;
    this.event({ ...change, status: null });
    return answer === null ? this : this.event({ ...change, status: answer });
  }

  /** Somebody says how far they have read, and what the answer was. */
  reads(accountId: string, seq: number, status = 204): this {
    const reading = { kind: 'reading', device: `${accountId}-http`, accountId, roomId: 'room', seq } as const;
    return this.event({ ...reading, status: null }).event({ ...reading, status });
  }

  /** What is stored of that. */
  hasRead(accountId: string, seq: number): this {
    this.#readSeqs.set(accountId, seq);
    return this;
  }

  /** What the room itself counts, where that is not what is stored. */
  counts(lastSeq: number): this {
    this.#lastSeq = lastSeq;
    return this;
  }

  later(ms: number): this {
    this.#nowMs += ms;
    return this;
  }

  event(event: NewEvent): this {
    this.#nowMs += 1;
    this.#events.push({ at: this.#nowMs, ...event } as HistoryEvent);
    return this;
  }

  frame(connection: string, frame: EventOf<'frame'>['frame']): this {
    return this.event({ kind: 'frame', connection, frame });
  }

  /** A device of somebody connects and resumes after a seq, when the room was at `head`. */
  opens(device: string, afterSeq = 0, head = afterSeq): this {
    const accountId = device.split('-')[0] ?? '';
    const connection = `${device}#1`;
    if (!this.#events.some((event) => event.kind === 'device' && event.device === device)) {
      this.event({ kind: 'device', device, accountId, rooms: ['room'] });
    }
    this.event({ kind: 'open', connection, device, accountId, node: 'node-1' });
    const rooms = [{ roomId: 'room', headSeq: head, readSeq: 0 }];
    this.frame(connection, { type: 'ready', connectionId: connection, accountId, rooms, heartbeatMs: 20_000 });
    return this.frame(connection, { type: 'resumed', roomId: 'room', fromSeq: afterSeq + 1, toSeq: head });
  }

  shows(device: string, senderId: string, clientId: string, seq: number, more: Partial<Message> = {}): this {
    return this.frame(`${device}#1`, { type: 'message', ...message(senderId, clientId, { seq, ...more }) });
  }

  sends(device: string, clientId: string, more: Partial<EventOf<'send'>> = {}): this {
    const accountId = device.split('-')[0] ?? '';
    const send = { kind: 'send', device, accountId, connection: `${device}#1`, roomId: 'room', clientId } as const;
    return this.event({ ...send, text: `text of ${clientId}`, ...more });
  }

  acks(device: string, clientId: string, seq: number, more: { id?: string; duplicate?: boolean } = {}): this {
    const ack = { clientId, roomId: 'room', seq, id: `id of ${clientId}`, sentAt: moment, duplicate: false };
    return this.frame(`${device}#1`, { type: 'ack', ...ack, ...more });
  }

  replies(device: string, reply: Partial<Reply>): this {
    const accountId = device.split('-')[0] ?? '';
    const common = { kind: 'reply', device, accountId, node: 'node-1', call: 'read', roomId: 'room' } as const;
    const askedAt = this.#nowMs;
    return this.event({ ...common, askedAt, status: 200, requestId: 'request', messages: [], headSeq: 0, ...reply });
  }

  audited(entry: Partial<AuditEntry>): this {
    this.#audit.push({
      ...{ id: 'entry', at: moment, actorId: 'ana', actorRole: 'patient', action: 'room.read', subjectType: 'room' },
      ...{ subjectId: 'room', ip: null, requestId: 'request', outcome: 'ok', details: {}, ...entry },
    });
    return this;
  }

  leaves(accountId: string, lastSeq: number): this {
    this.#left.set(accountId, moment);
    return this.event({ kind: 'left', accountId, roomId: 'room', lastSeq });
  }

  withMembers(...members: string[]): this {
    this.#members = members;
    return this;
  }

  get round(): Round {
    const members = this.#members.map((accountId) => ({
      ...{ roomId: 'room', accountId, leftAt: this.#left.get(accountId) ?? null },
      readSeq: this.#readSeqs.get(accountId) ?? 0,
    }));
    const changeSeq = Math.max(0, ...this.#messages.map((row) => row.changeSeq ?? 0));
    const rooms = [{ roomId: 'room', lastSeq: this.#lastSeq ?? this.#messages.length, changeSeq }];
    const database = { rooms, members, messages: this.#messages, versions: this.#versions };
    return { events: this.#events, database, audit: this.#audit, withinMs: 10_000 };
  }
}

const moment = '2026-01-01T00:00:00.000Z';

export function message(senderId: string, clientId: string, more: Partial<Message> = {}): Message {
  const id = `id of ${clientId}`;
  return {
    roomId: 'room',
    seq: 1,
    id,
    clientId,
    senderId,
    text: `text of ${clientId}`,
    sentAt: moment,
    retractedAt: null,
    ...more,
  };
}

export function story(): Story {
  return new Story();
}

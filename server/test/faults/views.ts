import type { Message, ServerFrame } from '@openward/contracts';
import { type EventOf, eventsOf, type Round, type StoredMessage } from './history.ts';

// What the invariants look at, made of the raw history.

type Frame<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>;

/** One device's socket from open to close, with its frames in the order in which they came. */
export type ConnectionView = {
  connection: string;
  device: string;
  accountId: string;
  openedAt: number;
  frames: { at: number; frame: ServerFrame }[];
};

/** A send that was said to have worked. `connection` is null for one over HTTP. */
export type AckView = {
  at: number;
  device: string;
  accountId: string;
  connection: string | null;
  roomId: string;
  clientId: string;
  seq: number;
  id: string;
  duplicate: boolean;
};

/** A message that somebody was shown. */
export type Sighting = { at: number; device: string; accountId: string; where: string; message: Message };

export type SendView = EventOf<'send'>;

export function connectionsOf(round: Pick<Round, 'events'>): ConnectionView[] {
  const views = new Map<string, ConnectionView>();
  for (const event of round.events) {
    if (event.kind === 'open') {
      const { connection, device, accountId, at } = event;
      views.set(connection, { connection, device, accountId, openedAt: at, frames: [] });
    }
    if (event.kind === 'frame') views.get(event.connection)?.frames.push({ at: event.at, frame: event.frame });
  }
  return [...views.values()];
}

export function framesOf<T extends ServerFrame['type']>(
  view: ConnectionView,
  type: T,
): { at: number; frame: Frame<T> }[] {
  return view.frames.filter((entry): entry is { at: number; frame: Frame<T> } => entry.frame.type === type);
}

export function acksOf(round: Pick<Round, 'events'>): AckView[] {
  const acks: AckView[] = [];
  for (const view of connectionsOf(round)) {
    const { connection, device, accountId } = view;
    for (const { at, frame } of framesOf(view, 'ack')) {
      const { roomId, clientId, seq, id, duplicate } = frame;
      acks.push({ at, device, accountId, connection, roomId, clientId, seq, id, duplicate });
    }
  }
  for (const { at, device, accountId, call, roomId, status, clientId, messages } of eventsOf(round, 'reply')) {
    const [message] = messages;
    if (call !== 'send' || clientId === undefined || message === undefined) continue;
    const { seq, id } = message;
    acks.push({ at, device, accountId, connection: null, roomId, clientId, seq, id, duplicate: status === 200 });
  }
  return acks.sort((one, other) => one.at - other.at);
}

export function sightingsOf(round: Pick<Round, 'events'>): Sighting[] {
  const sightings: Sighting[] = [];
  for (const view of connectionsOf(round)) {
    const { connection, device, accountId } = view;
    for (const { at, frame } of framesOf(view, 'message')) {
      const { type: _, ...message } = frame;
      sightings.push({ at, device, accountId, where: connection, message });
    }
  }
  for (const { at, device, accountId, node, call, messages } of eventsOf(round, 'reply')) {
    for (const message of messages) {
      sightings.push({ at, device, accountId, where: `HTTP ${call} at ${node}`, message });
    }
  }
  return sightings;
}

/** Each message as its sender sends it, the first time. */
export function firstSendsOf(round: Pick<Round, 'events'>): Map<string, SendView> {
  const sends = new Map<string, SendView>();
  for (const send of eventsOf(round, 'send')) {
    const key = sendKey(send);
    if (!sends.has(key)) sends.set(key, send);
  }
  return sends;
}

/** A message's name on its sender's side. */
export function sendKey({ roomId, accountId, clientId }: { roomId: string; accountId: string; clientId: string }) {
  return `${roomId} ${accountId} ${clientId}`;
}

/** What is stored, by the sender's name for it. */
export function storedByKey({ database }: Pick<Round, 'database'>): Map<string, StoredMessage> {
  return new Map(database.messages.map((message) => [sendKey({ ...message, accountId: message.senderId }), message]));
}

/** What is stored, by its place. */
export function storedByPlace({ database }: Pick<Round, 'database'>): Map<string, StoredMessage> {
  return new Map(database.messages.map((message) => [placeOf(message), message]));
}

export function placeOf({ roomId, seq }: { roomId: string; seq: number }): string {
  return `${roomId} ${seq}`;
}

/** Every text that each message is known to have had: as it is stored, and what is kept of before. Not of one that was taken back. */
export function committedTexts({ database }: Pick<Round, 'database'>): Map<string, Set<string>> {
  const texts = new Map<string, Set<string>>();
  for (const { text, ...place } of [...database.messages, ...database.versions]) {
    if (text === null) continue;
    texts.set(placeOf(place), (texts.get(placeOf(place)) ?? new Set()).add(text));
  }
  return texts;
}

/** Whether two views of a message are of the same one, its text aside: that is edited. */
export function isSameMessage(one: Message, other: Message): boolean {
  return (
    one.id === other.id &&
    one.clientId === other.clientId &&
    one.senderId === other.senderId &&
    Date.parse(one.sentAt) === Date.parse(other.sentAt)
  );
}

/** The rooms in which an account is when all is over. */
export function roomsOfMember({ database }: Pick<Round, 'database'>, accountId: string): Set<string> {
  const here = database.members.filter((member) => member.accountId === accountId && member.leftAt === null);
  return new Set(here.map(({ roomId }) => roomId));
}

/** Devices whose session was not ended: they are to see everything. */
export function liveDevicesOf(round: Pick<Round, 'events'>): EventOf<'device'>[] {
  const ended = new Set(eventsOf(round, 'ended').map(({ device }) => device));
  return eventsOf(round, 'device').filter(({ device }) => !ended.has(device));
}

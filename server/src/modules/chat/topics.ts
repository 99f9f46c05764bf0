import { topic } from '#platform/bus/bus.ts';

// Ids and numbers: whoever hears one reads the rest from the database. Text travels sealed, see carried-messages.ts. `version` is the room's at that moment, so that
// a node that missed a change of its members finds out before it shows them anything.

/** There is a message with this seq in a room of this version. */
export type RoomHead = { roomId: string; seq: number; version: number };

/**
 * Messages are committed: of each room the newest. Older nodes say neither of the rest: `sealed` has the messages, or some of them;
 * `atMs` is when this was said, for the metrics.
 */
export type AppendedNews = { rooms: RoomHead[]; sealed?: string; atMs?: number };

export const messagesAppended = topic<AppendedNews>('chat.messages-appended');

/** A write into a room failed on this node, and may have been committed. Told to this node alone. */
export const writeDoubted = topic<{ roomId: string }>('chat.write-doubted');

/** A message has another text, at this change of its room. */
export const messageEdited = topic<{ roomId: string; seq: number; changeSeq: number }>('chat.message-edited');

/** `changeSeq` is missing in what nodes of the version before publish. */
export const messageRetracted = topic<{ roomId: string; seq: number; changeSeq?: number }>('chat.message-retracted');

/** Much of a room was taken out at once, or all of it: whatever of it is at hand may not be shown any more. */
export const messagesRemoved = topic<{ roomId: string }>('chat.messages-removed');

export const roomRead = topic<{ roomId: string; accountId: string; seq: number }>('chat.room-read');

/** Of these accounts some came online or went offline. */
export const presenceChanged = topic<{ accountIds: string[] }>('chat.presence-changed');

export const memberTyping = topic<{ roomId: string; accountId: string }>('chat.member-typing');

/** A room was opened or closed, or its members are others. */
export const roomChanged = topic<{ roomId: string; version: number }>('chat.room-changed');

import type { Message, ServerFrame } from '@openward/contracts';
import type { OpenwardError } from '../error.ts';
import type { ChatState } from './link.ts';
import type { Ack, OutboxEntry } from './outbox.ts';
import type { Typist } from './typists.ts';

export type FrameOf<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>;

export type ChatEvents = {
  /** Every message of every room, one's own too: each once, in the order of its room, without gaps. */
  message: Message;
  /** One of the messages sent here is committed. */
  ack: Ack;
  /** What is not acknowledged yet has changed; this is it, oldest first. */
  pending: readonly OutboxEntry[];
  /** One of the messages, of this run or an earlier one, will never be taken. It is no longer among the pending. */
  refused: { readonly entry: OutboxEntry; readonly error: OpenwardError };
  /** A member has read up to `seq`. */
  read: FrameOf<'read'>;
  /** A member is typing; again every 2 s while it lasts. */
  typing: FrameOf<'typing'>;
  /** A member is no longer typing: said nothing of it for 5 s, or sent a message. Once for each time that it began. */
  typingEnded: Typist;
  /** A member came online or went offline. Who is at first stands in the members of `getRoom`. */
  presence: FrameOf<'presence'>;
  /** A message has another text: live, or found out after a pause. */
  edited: FrameOf<'edited'>;
  /** A message was taken back by its sender: live, or found out after a pause. */
  retracted: FrameOf<'retracted'>;
  room: FrameOf<'room'>;
  /** A care request has changed, or its place in the queue: ask for it. A hint; after each `ready` ask again for what is shown. */
  request: FrameOf<'request'>;
  /** The room goes on after `headSeq`; what was before is to be fetched anew by `listMessages`. */
  reset: FrameOf<'reset'>;
  /** The rooms at the moment of connecting. */
  ready: FrameOf<'ready'>;
  state: ChatState;
  /** The server refused a frame other than a `send`. */
  error: OpenwardError;
};

import type { OpenwardError, OutboxEntry } from '@openward/client';
import type { Attachment, Message } from '@openward/contracts';

/** A message of one's own that is not in the room yet. */
export type Outgoing = {
  readonly entry: OutboxEntry;
  readonly files: readonly Attachment[];
  readonly writtenAt: string;
  /** Whether the outbox has it, so that it outlives the page. */
  readonly isKept: boolean;
  /** The server will not take it as it is: what it said. */
  readonly failure: string | null;
};

/** Where to look now. `at` is a new number for each wish. */
export type Place = { readonly seq: number | 'end'; readonly flash: boolean; readonly at: number };

export type TimelineState = {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly error: OpenwardError | unknown;
  /** A stretch of the room without gaps: never more than `windowMax` or a few more, however long the room is. */
  readonly messages: readonly Message[];
  readonly headSeq: number;
  /** What comes next in the room comes next on the page: the newest message is there, or on its way to who is following. */
  readonly isAtEnd: boolean;
  /** What came before could not be had: for this. It is asked for again when somebody wants it, or the chat is connected anew. */
  readonly olderError: OpenwardError | null;
  readonly outgoing: readonly Outgoing[];
  /** The first message that one had not read when one came. */
  readonly newFrom: number | null;
  readonly place: Place | null;
};

export const pageSize = 50;
/** In a room where others write faster than pages come, the rest is scrolled to. */
export const mostPages = 5;
export const windowMax = 200;
/** How much the window may grow past its size before messages that come are left for later. */
export const slack = 100;

export function lastSeqOf({ messages, headSeq }: Pick<TimelineState, 'messages' | 'headSeq'>): number {
  return messages.at(-1)?.seq ?? headSeq;
}

/** Whether the newest message that is known of is on the page, or would be if there were one. */
export function isAtHead(state: Pick<TimelineState, 'messages' | 'headSeq'>): boolean {
  return lastSeqOf(state) >= state.headSeq;
}

/** What comes before, in front; what is then too much goes at the other end. */
export function withOlder(messages: readonly Message[], older: readonly Message[]): readonly Message[] {
  return [...older, ...messages].slice(0, windowMax);
}

export function withNewer(messages: readonly Message[], newer: readonly Message[]): readonly Message[] {
  return [...messages, ...newer].slice(-windowMax);
}

/** One message changed, by its place: seqs are dense. */
export function withChanged(
  messages: readonly Message[],
  seq: number,
  change: (message: Message) => Message,
): readonly Message[] {
  const index = seq - (messages[0]?.seq ?? 0);
  const message = messages[index];
  if (message?.seq !== seq) return messages;
  return messages.with(index, change(message));
}

export type Draft = { text: string; replyToSeq?: number | undefined; files: readonly Attachment[] };

export const nothing: TimelineState = {
  status: 'loading',
  error: null,
  messages: [],
  headSeq: 0,
  isAtEnd: true,
  olderError: null,
  outgoing: [],
  newFrom: null,
  place: null,
};

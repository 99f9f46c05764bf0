import type { messageMaxChars as contractMaxChars, Message } from '@openward/contracts';
import { OpenwardError } from '../error.ts';
import type { Ack, OutboxEntry } from './outbox.ts';

export type SendDraft = {
  readonly clientId?: string;
  /** The message that this one answers. */
  readonly replyToSeq?: number;
  /** Files of `uploadAttachment`; the text may then be empty. */
  readonly attachmentIds?: readonly string[];
};

const maxChars: typeof contractMaxChars = 8000;

/** What somebody wrote → what the outbox keeps. @throws OpenwardError `invalid-frame` for what the server would refuse. */
export function toEntry(roomId: string, text: string, draft: SendDraft): OutboxEntry {
  const { clientId = crypto.randomUUID(), replyToSeq, attachmentIds = [] } = draft;
  const isEmpty = !/\S/.test(text) && (text !== '' || attachmentIds.length === 0);
  if (isEmpty || [...text].length > maxChars) {
    const detail = `A message has 1 to ${maxChars} characters, not only spaces.`;
    throw new OpenwardError({ code: 'invalid-frame', detail, where: 'send' });
  }
  return {
    clientId,
    roomId,
    text,
    ...(replyToSeq === undefined ? {} : { replyToSeq }),
    ...(attachmentIds.length === 0 ? {} : { attachmentIds: [...attachmentIds] }),
  };
}

/** What the outbox kept, as everybody else in the room gets it now that it is committed. Not for what has attachments. */
export function toMessage({ text, replyToSeq }: OutboxEntry, ack: Ack, senderId: string): Message {
  const { roomId, seq, id, clientId, sentAt } = ack;
  const message = { roomId, seq, id, clientId, senderId, text, sentAt, retractedAt: null };
  return replyToSeq === undefined ? message : { ...message, replyTo: replyToSeq };
}

import type { Message } from '@openward/contracts';
import { messages } from './tables.ts';

/**
 * The columns that make up a message. Text, of messages and of their earlier versions, and the names of files are written in append-one.ts, append-group.ts, append-to-room.ts and
 * edit-message.ts and read through here and list-versions.ts: nowhere else, so that it can be kept encrypted one day.
 */
export const messageColumns = {
  roomId: messages.roomId,
  seq: messages.seq,
  id: messages.id,
  clientId: messages.clientId,
  senderId: messages.senderId,
  text: messages.text,
  sentAt: messages.sentAt,
  retractedAt: messages.retractedAt,
  editedAt: messages.editedAt,
  replyTo: messages.replyTo,
  attachments: messages.attachments,
};

type MessageColumns = { [K in keyof typeof messageColumns]: (typeof messages.$inferSelect)[K] };

/** A row → the message as its room's members see it: what it has nothing of is left out, since most have none of it. */
export function viewMessage({ editedAt, replyTo, attachments, ...message }: MessageColumns): Message {
  return {
    ...message,
    ...(editedAt === null ? {} : { editedAt }),
    ...(replyTo === null ? {} : { replyTo }),
    ...(attachments === null ? {} : { attachments }),
  };
}

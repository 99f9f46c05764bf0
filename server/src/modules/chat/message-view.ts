import type { Message } from '@openward/contracts';
import { messages } from './tables.ts';

/** The columns that make up a message as its room's members see it. Its text is read here and written in append-message.ts. */
export const messageColumns = {
  roomId: messages.roomId,
  seq: messages.seq,
  id: messages.id,
  clientId: messages.clientId,
  senderId: messages.senderId,
  text: messages.text,
  sentAt: messages.sentAt,
  retractedAt: messages.retractedAt,
} satisfies Record<keyof Message, unknown>;

import type { editWindowMinutes as contractMinutes, Message } from '@openward/contracts';
import { createContext } from 'react';
import type { Outgoing } from './timeline-state.ts';

const editWindowMinutes: typeof contractMinutes = 15;

/** What can be done with messages, from wherever they are shown. The same object for the life of a conversation. */
export type ConversationActions = {
  reply(message: Message): void;
  edit(message: Message): void;
  retract(message: Message): void;
  copy(message: Message): void;
  showVersions(message: Message): void;
  goTo(seq: number): void;
  goToEnd(): void;
  canEdit(message: Message): boolean;
  tryAgain(outgoing: Outgoing): void;
  discard(outgoing: Outgoing): void;
};

export function isEditable({ sentAt, retractedAt, text }: Message): boolean {
  return retractedAt === null && Boolean(text) && Date.now() - Date.parse(sentAt) < editWindowMinutes * 60_000;
}

type People = {
  /** The name of who is or was in the room. */
  nameOf(accountId: string): string;
  /** A message of those that are on the page. */
  find(seq: number): Message | undefined;
  /** When what is on the page changes. */
  subscribe(listener: () => void): () => void;
};

export const PeopleContext = createContext<People>({
  nameOf: () => '',
  find: () => undefined,
  subscribe: () => () => undefined,
});

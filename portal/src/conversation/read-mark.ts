import type { Chat } from '@openward/client';
import type { Room } from '@openward/contracts';
import { readOwn } from './rooms.ts';

/** Scrolling passes many messages: how far one has read is told so often at most. */
const tellAfterMs = 200;

/** How far one has read a room. It never goes back; the server is told, and the list of rooms. */
export class ReadMark {
  readonly #chat: Chat;
  readonly #roomId: string;
  #seq: number;
  #telling: ReturnType<typeof setTimeout> | null = null;

  constructor(chat: Chat, { id, readSeq }: Room) {
    this.#chat = chat;
    this.#roomId = id;
    this.#seq = readSeq;
  }

  get seq(): number {
    return this.#seq;
  }

  reach(seq: number): void {
    if (seq <= this.#seq) return;
    this.#seq = seq;
    this.#telling ??= setTimeout(() => {
      this.#telling = null;
      this.#chat.read(this.#roomId, this.#seq);
      readOwn(this.#roomId, this.#seq);
    }, tellAfterMs);
  }
}

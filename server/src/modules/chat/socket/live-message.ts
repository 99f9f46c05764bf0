import type { Message } from '@openward/contracts';
import { memoryLimits } from '#server/limits.ts';
import { encodeFrame } from './frames.ts';

/** A committed message on its way to sockets. Its frame is made when first needed, then shared by all who get it. */
export class LiveMessage {
  readonly message: Message;
  #frame: Buffer | undefined;

  constructor(message: Message) {
    this.message = message;
  }

  get seq(): number {
    return this.message.seq;
  }

  get frame(): Buffer {
    this.#frame ??= encodeFrame({ type: 'message', ...this.message });
    return this.#frame;
  }
}

/**
 * The newest messages of a room for as long as somebody on this node still waits for them. Bounded: who is further behind
 * reads the database.
 */
export class RecentMessages {
  /** None where there are no messages, as in most rooms at any moment. */
  #messages: Map<number, LiveMessage> | null = null;
  #chars = 0;

  get(seq: number): LiveMessage | undefined {
    return this.#messages?.get(seq);
  }

  add(message: LiveMessage): void {
    this.#messages ??= new Map();
    const messages = this.#messages;
    if (messages.has(message.seq)) return;
    messages.set(message.seq, message);
    this.#chars += charsOf(message);
    for (const seq of messages.keys()) {
      if (messages.size <= memoryLimits.recentMessages && this.#chars <= memoryLimits.recentChars) break;
      this.delete(seq);
    }
  }

  delete(seq: number): void {
    const message = this.#messages?.get(seq);
    if (message === undefined) return;
    this.#messages?.delete(seq);
    this.#chars -= charsOf(message);
    if (this.#messages?.size === 0) this.clear();
  }

  clear(): void {
    this.#messages = null;
    this.#chars = 0;
  }

  /** Everybody has got what is up to here. */
  dropUpTo(seq: number): void {
    for (const held of this.#messages?.keys() ?? []) if (held <= seq) this.delete(held);
  }
}

function charsOf({ message }: LiveMessage): number {
  return message.text?.length ?? 0;
}

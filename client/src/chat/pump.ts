import type { ClientFrame } from '@openward/contracts';
import type { Outbox } from './outbox.ts';

type Send = (frame: Extract<ClientFrame, { type: 'send' }>) => void;

/** Sends what the outbox has while there is a connection; where the server asks for patience, when that is over. */
export class Pump {
  readonly #outbox: Outbox;
  readonly #send: Send;
  #isOpen = false;
  #pause: ReturnType<typeof setTimeout> | null = null;

  constructor(outbox: Outbox, send: Send) {
    this.#outbox = outbox;
    this.#send = send;
  }

  /** There is a connection now, or none. */
  turn(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.run();
  }

  run(): void {
    if (!this.#isOpen || this.#pause !== null) return;
    for (const { attachmentIds, ...entry } of this.#outbox.takeDue()) {
      this.#send({
        type: 'send',
        ...entry,
        ...(attachmentIds === undefined ? {} : { attachmentIds: [...attachmentIds] }),
      });
    }
  }

  pauseFor(ms: number): void {
    this.endPause();
    this.#pause = setTimeout(() => {
      this.#pause = null;
      this.run();
    }, ms);
  }

  endPause(): void {
    if (this.#pause !== null) clearTimeout(this.#pause);
    this.#pause = null;
  }
}

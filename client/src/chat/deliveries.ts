import type { ClientFrame, Message, ServerFrame } from '@openward/contracts';
import { Cursor } from './cursor.ts';

type ReadyRoom = Extract<ServerFrame, { type: 'ready' }>['rooms'][number];
type Resume = Extract<ClientFrame, { type: 'resume' }>;

export type DeliveryHooks = {
  /** The next message of its room. */
  onMessage(message: Message): void;
  /** What is missing is to be asked for. */
  onResume(frame: Resume): void;
  /** Whether a message of one's own is on its way: what seems to be missing may be that one. */
  isSendingTo(roomId: string): boolean;
};

const resumeBatch = 500;

/**
 * How far every room has been delivered: what comes in goes out once and in the order of its room, and what did not come is asked for.
 * Whatever may ask is called while there is a connection.
 */
export class Deliveries {
  readonly #cursors: Map<string, Cursor>;
  readonly #hooks: DeliveryHooks;

  /** @param seqs the last message that was delivered of each room. */
  constructor(seqs: Readonly<Record<string, number>>, hooks: DeliveryHooks) {
    this.#cursors = new Map(Object.entries(seqs).map(([roomId, seq]) => [roomId, new Cursor(seq)]));
    this.#hooks = hooks;
  }

  /** The last seq that was delivered of a room; null for a room not heard of. */
  seq(roomId: string): number | null {
    return this.#cursors.get(roomId)?.seq ?? null;
  }

  /**
   * Asks for every room, as the first frame of a connection, so that nothing falls between two of them. Of rooms not heard of
   * comes what is new at the first connection; later ones were joined since, and come from their start.
   */
  connect(rooms: readonly ReadyRoom[], { isFirst }: { isFirst: boolean }): void {
    for (const { roomId, headSeq } of rooms) {
      if (!this.#cursors.has(roomId)) this.#cursors.set(roomId, new Cursor(isFirst ? headSeq : 0));
    }
    this.resume(rooms.map(({ roomId }) => roomId));
  }

  /** Asks for what comes after the last delivered message of each; one frame at least. */
  resume(roomIds: readonly string[]): void {
    const rooms = roomIds.map((roomId) => ({ roomId, afterSeq: this.#cursors.get(roomId)?.beginResume() ?? 0 }));
    for (let from = 0; from === 0 || from < rooms.length; from += resumeBatch) {
      this.#hooks.onResume({ type: 'resume', rooms: rooms.slice(from, from + resumeBatch) });
    }
  }

  /** The server's answer to a resume: everything up to `toSeq` follows. */
  resumed(roomId: string, toSeq: number): void {
    this.#cursors.get(roomId)?.resumed(toSeq);
  }

  /** A room that one is in. One that was not among those of `ready` was joined since, and is wanted from its start. */
  join(roomId: string): void {
    this.#cursorOf(roomId);
  }

  take(message: Message): void {
    const { roomId } = message;
    const cursor = this.#cursorOf(roomId);
    for (const due of cursor.take(message)) this.#hooks.onMessage(due);
    // What is missing may be one's own, its ack on the way: acks and messages have no order between them.
    if (cursor.hasGap && !this.#hooks.isSendingTo(roomId)) this.resume([roomId]);
  }

  /** The server's word on how far a room is: by now everything up to here should have come. */
  heard(roomId: string, headSeq: number): void {
    if (this.#cursorOf(roomId).isBehind(headSeq)) this.resume([roomId]);
  }

  /** A message that the server has, and that only the server can tell. */
  expect(roomId: string, seq: number): void {
    if (this.#cursorOf(roomId).seq < seq) this.resume([roomId]);
  }

  /** The server's word that a room goes on after `headSeq`. */
  reset(roomId: string, headSeq: number): void {
    this.#cursorOf(roomId).moveTo(headSeq);
  }

  /** The caller's wish to have a room from here on. It is asked for by the next resume. */
  follow(roomId: string, afterSeq: number): void {
    const cursor = this.#cursors.get(roomId) ?? new Cursor(afterSeq);
    cursor.moveTo(afterSeq);
    this.#cursors.set(roomId, cursor);
  }

  #cursorOf(roomId: string): Cursor {
    const known = this.#cursors.get(roomId);
    if (known !== undefined) return known;
    const cursor = new Cursor(0);
    this.#cursors.set(roomId, cursor);
    this.resume([roomId]);
    return cursor;
  }
}

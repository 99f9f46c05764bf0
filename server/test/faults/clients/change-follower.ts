import { sleep } from '../sleep.ts';
import { listChanges } from './changes.ts';
import type { HttpClient } from './http-client.ts';

/**
 * How a client keeps up with edits and retractions, by the contract: a number for each room. A live frame raises it by one; a number
 * beyond that, wherever it is heard, means that something was missed, and the list has it.
 */
export class ChangeFollower {
  readonly #client: HttpClient;
  readonly #signal: AbortSignal;
  readonly #rooms = new Map<string, { known: number; told: number; asking: boolean }>();

  constructor(client: HttpClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  /** Up to which change of a room this client has everything. */
  known(roomId: string): number {
    return this.#rooms.get(roomId)?.known ?? 0;
  }

  /** A frame with a change in it. */
  live(roomId: string, changeSeq: number): void {
    const room = this.#room(roomId);
    if (changeSeq === room.known + 1 && !room.asking) room.known = changeSeq;
    this.told(roomId, changeSeq);
  }

  /** The room is at this change. */
  told(roomId: string, changeSeq: number): void {
    const room = this.#room(roomId);
    room.told = Math.max(room.told, changeSeq);
    if (room.told > room.known && !room.asking) void this.#catchUp(roomId);
  }

  async #catchUp(roomId: string): Promise<void> {
    const room = this.#room(roomId);
    const { nodes, random } = this.#client.place;
    room.asking = true;
    for (let tries = 0; room.told > room.known && tries < 100 && !this.#signal.aborted; tries += 1) {
      const nodeIndex = random.between(0, nodes.length - 1);
      const page = await listChanges(this.#client, roomId, room.known, { nodeIndex });
      if (page === null) await sleep(random.between(100, 300), this.#signal);
      else room.known = Math.max(room.known, page.upTo);
    }
    room.asking = false;
  }

  #room(roomId: string) {
    const room = this.#rooms.get(roomId) ?? { known: 0, told: 0, asking: false };
    this.#rooms.set(roomId, room);
    return room;
  }
}

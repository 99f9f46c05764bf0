import type { Round } from '../faults/history.ts';
import { type AckView, acksOf, placeOf } from '../faults/views.ts';
import type { ClusterStand } from './stand.ts';

/** Every message that was acknowledged in any round: each round looks after its own, and this looks for all of them when a server was lost. */
export class Ledger {
  readonly #acks = new Map<string, AckView>();

  add(round: Round): void {
    for (const ack of acksOf(round)) this.#acks.set(placeOf(ack), ack);
  }

  get size(): number {
    return this.#acks.size;
  }

  /** @returns those that are not stored as they were acknowledged */
  async missing({ chat }: Pick<ClusterStand, 'chat'>): Promise<string[]> {
    const rows = await chat.query<{ roomId: string; seq: string; id: string }>(
      'SELECT room_id AS "roomId", seq, id FROM messages',
    );
    const stored = new Map(rows.map(({ roomId, seq, id }) => [`${roomId} ${seq}`, id]));
    const lost = [...this.#acks].filter(([place, { id }]) => stored.get(place) !== id);
    return lost.map(([place, { device, clientId }]) => `${clientId} of ${device} at ${place}`);
  }
}

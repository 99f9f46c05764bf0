import { eventually } from '../eventually.ts';
import { HttpClient } from '../faults/clients/http-client.ts';
import type { Scene } from '../faults/scene.ts';
import { sleep } from '../faults/sleep.ts';

const patienceMs = 120_000;

/** Somebody gives themselves the next name again and again, so that it can be seen what the main database keeps of what it acknowledged. */
export type Naming = {
  /** Until one more name has been acknowledged. */
  works(): Promise<void>;
  /** Ends it. @returns what was found @throws Error when a name is gone that was acknowledged */
  judge(): Promise<string>;
};

export function startNaming({ place, sessions }: Scene): Naming {
  const client = new HttpClient('naming', sessions.eve, place);
  const stopping = new AbortController();
  const count = { tried: 0, acked: 0, names: 0 };
  const doorAt = (turn: number) => client.nodeAt(turn % place.nodes.length).url;
  const run = async () => {
    while (!stopping.signal.aborted) {
      count.tried += 1;
      const { status } = await client.call(doorAt(count.tried), 'PATCH', '/me', { fullName: `Eve ${count.tried}` });
      if (status === 200) {
        count.acked = count.tried;
        count.names += 1;
      }
      await sleep(50, stopping.signal);
    }
  };
  const running = run();
  return {
    works: async () => {
      const before = count.tried;
      await eventually('a call that writes to the main database works', () => count.acked > before, patienceMs);
    },
    judge: async () => {
      stopping.abort();
      await running;
      const { status, body } = await client.call(doorAt(0), 'GET', '/me');
      const { fullName = '' } = status === 200 ? (body as { fullName: string }) : {};
      const number = Number(/^Eve (\d+)$/.exec(fullName)?.[1]);
      if (number >= count.acked && number <= count.tried)
        return `${count.names} names acknowledged, the last one is kept`;
      throw new Error(`"Eve ${count.acked}" was acknowledged; what is there is ${status}: "${fullName}".`);
    },
  };
}

import { HttpClient } from '../faults/clients/http-client.ts';
import { writeMessage } from '../faults/clients/place.ts';
import type { Scene } from '../faults/scene.ts';
import { sleep } from '../faults/sleep.ts';

export type LoadReport = { requests: number; failed: string[]; worstMs: number };

/** One call, tried once, at a door. @returns null, or what came instead of the answer that it should get */
type Call = { name: string; make(doorIndex: number): Promise<string | null> };

const lanes = 6;
/** Each lane makes a call so often at most: the cores are for the nodes, which start meanwhile. */
const paceMs = 35;
/** Longer than the product takes to say that it cannot: without it a call that nobody answers would keep the load from ending. */
const timeoutMs = 60_000;

/**
 * Calls by way of the balancers, reading and writing, one after the other in each lane, until it is stopped. Whoever calls does not try again: a call that
 * does not get the answer that it should has failed. What is written into a room is judged with all else that is said there.
 */
export function startLoad(scene: Scene): { report: LoadReport; stop(): Promise<void> } {
  const report: LoadReport = { requests: 0, failed: [], worstMs: 0 };
  const { nodes: doors } = scene.place;
  const calls = callsOf(scene);
  const stopping = new AbortController();
  const lane = async (number: number) => {
    for (let turn = number; !stopping.signal.aborted; turn += 1) {
      const startedAt = performance.now();
      const call = calls[turn % calls.length] as Call;
      const failure = await call.make(turn % doors.length);
      report.requests += 1;
      const tookMs = performance.now() - startedAt;
      report.worstMs = Math.max(report.worstMs, tookMs);
      if (failure !== null)
        report.failed.push(`${new Date().toISOString()} ${call.name}: ${failure}, after ${Math.round(tookMs)} ms`);
      await sleep(Math.max(0, paceMs - tookMs), stopping.signal);
    }
  };
  const running = Array.from({ length: lanes }, (_, number) => lane(number));
  return {
    report,
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

function callsOf({ place, sessions, rooms }: Scene): Call[] {
  const client = new HttpClient('load', sessions.ana, place, { timeoutMs });
  let written = 0;
  const plain = (method: string, path: string, content?: () => unknown): Call => ({
    name: `${method} ${path}`,
    make: async (doorIndex) => {
      const { status, body } = await client.call(client.nodeAt(doorIndex).url, method, path, content?.());
      return status === 200 ? null : `${status} ${JSON.stringify(body)}`;
    },
  });
  const send: Call = {
    name: 'POST a message',
    make: async (doorIndex) => {
      written += 1;
      const message = writeMessage('load', written, rooms.anaDora);
      const { status, body } = await client.send(message, doorIndex);
      if (status === 201) return null;
      // Counted as failed, and sent all the same: everybody who sends goes on until there is an ack.
      await client.sendUntilAcked(message, AbortSignal.timeout(timeoutMs));
      return `${status} ${JSON.stringify(body)}`;
    },
  };
  const rename = plain('PATCH', '/me', () => ({ fullName: `Ana at ${new Date().toISOString()}` }));
  return [
    plain('GET', '/doctors'),
    send,
    plain('GET', '/me'),
    plain('GET', '/rooms'),
    plain('GET', '/requests?limit=5'),
    rename,
    plain('GET', `/rooms/${rooms.anaEmil}/messages?limit=5`),
  ];
}

import { HttpClient } from '../faults/clients/http-client.ts';
import { writeMessage } from '../faults/clients/place.ts';
import type { Scene } from '../faults/scene.ts';
import { sleep } from '../faults/sleep.ts';
import { processorTime, shareSince } from './processor-time.ts';

export type LoadReport = {
  requests: number;
  failed: string[];
  /** Calls that the product put off because the machine gave it no time: they say nothing of a restart. */
  putOff: string[];
  worstMs: number;
};

type Outcome = {
  status: number;
  body: unknown;
  /** What is left to do when it was not as it should be. */
  insist?(): Promise<unknown>;
};
/** One call, tried once, at a door. */
type Call = { name: string; wants: number; make(doorIndex: number): Promise<Outcome> };

const lanes = 6;
/** Each lane makes a call so often at most: the cores are for the nodes, which start meanwhile. */
const paceMs = 35;
/** Longer than the product takes to say that it cannot: without it a call that nobody answers would keep the load from ending. */
const timeoutMs = 60_000;

/** What a call to a database may take before the product gives up on it, less a bit: what it says so soon has another reason. */
const giveUpMs = 2500;
/** Who gets less of the processors than this share of what they ask for cannot be held to times. Alone on two cores it is a half and more. */
const leastShare = 0.25;

/**
 * Calls by way of the balancers, reading and writing, one after the other in each lane, until it is stopped. Whoever calls does not try again: a call that
 * does not get the answer that it should has failed. What is written into a room is judged with all else that is said there.
 */
export function startLoad(scene: Scene): { report: LoadReport; stop(): Promise<void> } {
  const report: LoadReport = { requests: 0, failed: [], putOff: [], worstMs: 0 };
  const { nodes: doors } = scene.place;
  const calls = callsOf(scene);
  const stopping = new AbortController();
  const lane = async (number: number) => {
    for (let turn = number; !stopping.signal.aborted; turn += 1) {
      const call = calls[turn % calls.length] as Call;
      const before = processorTime();
      const startedAt = performance.now();
      const { status, body, insist } = await call.make(turn % doors.length);
      const tookMs = performance.now() - startedAt;
      report.requests += 1;
      report.worstMs = Math.max(report.worstMs, tookMs);
      if (status !== call.wants) {
        const share = shareSince(before);
        const isPutOff = saysLater(status, body) && tookMs > giveUpMs && share < leastShare;
        const line = `${new Date().toISOString()} ${call.name}: ${status} ${JSON.stringify(body)}, after ${Math.round(tookMs)} ms with ${Math.round(share * 100)} % of the processor time asked for`;
        (isPutOff ? report.putOff : report.failed).push(line);
        await insist?.();
      }
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

/** As the product does, whose answers have a code, and not whatever stands before it. */
function saysLater(status: number, body: unknown): boolean {
  return status === 503 && (body as { code?: string } | null)?.code === 'unavailable';
}

function callsOf({ place, sessions, rooms }: Scene): Call[] {
  const client = new HttpClient('load', sessions.ana, place, { timeoutMs });
  let written = 0;
  const plain = (method: string, path: string, content?: () => unknown): Call => ({
    name: `${method} ${path}`,
    wants: 200,
    make: (doorIndex) => client.call(client.nodeAt(doorIndex).url, method, path, content?.()),
  });
  const send: Call = {
    name: 'POST a message',
    wants: 201,
    make: async (doorIndex) => {
      written += 1;
      const message = writeMessage('load', written, rooms.anaDora);
      const answer = await client.send(message, doorIndex);
      // As everybody who sends does: until there is an ack.
      return { ...answer, insist: () => client.sendUntilAcked(message, AbortSignal.timeout(timeoutMs)) };
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

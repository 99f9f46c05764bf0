import { setTimeout as sleep } from 'node:timers/promises';
import { connectAll } from './load.ts';
import type { Memory } from './memory.ts';
import { sayMedians, sayRatio } from './report.ts';
import { memoryOf, startServer, stopServer } from './server.ts';
import { peerOf, populate, type Setting, seatsOf, type World } from './world.ts';

const sockets = 2000;
/** Come and go first: code that is compiled and pages that stay are no cost of a connection. */
const warmUp = 200;
/** Longer than a heartbeat, after which a socket keeps nothing of how it came. */
const idleMs = 22_000;

/** What one socket that says nothing costs: RSS with 2,000 of them less RSS with none, in new processes each round. */
export async function benchIdle(setting: Setting, rounds: number): Promise<void> {
  const world = await populate(setting, { rooms: sockets / 2, members: 2 });
  const results = new Map<string, Record<keyof Memory, number>[]>([
    ['ws', []],
    ['openward', []],
  ]);
  for (let round = 0; round < rounds; round += 1) {
    // Side by side: memory, unlike time, is not changed by what runs beside.
    await Promise.all(
      [...results].map(async ([name, measured]) => measured.push(await holdOpen(name, setting, world))),
    );
  }
  sayMedians(`C2, bytes for each of ${sockets} idle connections, the median of ${rounds} rounds`, results);
  const bytes = (name: string) => (results.get(name) ?? []).map(({ rss }) => rss);
  sayRatio('C2: openward / ws', bytes('openward'), bytes('ws'), true);
}

/** @returns bytes a connection. */
async function holdOpen(name: string, setting: Setting, world: World): Promise<Memory> {
  const own = name === 'openward';
  const server = await startServer(
    name,
    own ? 'openward.ts' : 'peers/ws.ts',
    own ? setting.environment : peerOf(setting),
  );
  try {
    const seats = seatsOf(server.url, own, world);
    for (const { wire } of await connectAll(seats.slice(0, warmUp))) wire.end();
    await sleep(1000);
    const before = await memoryOf(server);
    const clients = await connectAll(seats);
    await sleep(idleMs);
    const after = await memoryOf(server);
    for (const { wire } of clients) wire.end();
    const each = (key: keyof Memory) => (after[key] - before[key]) / clients.length;
    return { rss: each('rss'), heapUsed: each('heapUsed'), external: each('external') };
  } finally {
    await stopServer(server);
  }
}

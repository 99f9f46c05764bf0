import { setTimeout as sleep } from 'node:timers/promises';
import { connectAll } from './load.ts';
import type { Memory } from './memory.ts';
import { sayMedians, sayRatio } from './report.ts';
import { memoryOf, startServer, stopServer } from './server.ts';
import { peerOf, populate, type Setting, seatsOf, type World } from './world.ts';

const sockets = 4000;
/** Come and go first, so many at a time, the last for as long as a heartbeat: code that is compiled and pages that stay are no cost of a connection. */
const warmUp = { sockets: 200, times: 20, holdMs: 22_000 };
/** Longer than three heartbeats, and than the minute for which a limit remembers who came. */
const idleMs = 65_000;
/** One arena, and what is free goes back to the kernel: what malloc keeps to itself moved RSS by a third from run to run. */
const malloc = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_MMAP_THRESHOLD_: '131072' };

/** What one socket that says nothing costs: RSS with 4,000 of them less RSS with none, in new processes each round. */
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
  for (const key of ['rss', 'heapUsed'] as const) {
    const bytes = (name: string) => (results.get(name) ?? []).map((memory) => memory[key]);
    sayRatio(`C2: ${key}, openward / ws`, bytes('openward'), bytes('ws'), true);
  }
}

/** @returns bytes a connection. */
async function holdOpen(name: string, setting: Setting, world: World): Promise<Memory> {
  const own = name === 'openward';
  const environment = own ? setting.environment : peerOf(setting);
  const server = await startServer(name, own ? 'openward.ts' : 'peers/ws.ts', { ...environment, ...malloc });
  try {
    const seats = seatsOf(server.url, own, world);
    for (let time = 1; time <= warmUp.times; time += 1) {
      const some = await connectAll(seats.slice(0, warmUp.sockets));
      if (time === warmUp.times) await sleep(warmUp.holdMs);
      for (const { wire } of some) wire.end();
    }
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

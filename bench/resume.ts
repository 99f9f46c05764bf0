import { setTimeout as sleep } from 'node:timers/promises';
import type { Seat } from './load.ts';
import { sayMedians, sayRatio } from './report.ts';
import { cpuSince, cpuUntilNow, type Server, startServer, stopServer } from './server.ts';
import { openWire } from './wire.ts';
import { fillRooms, peerOf, populate, type Setting, seatsOf } from './world.ts';

const sockets = 1000;
const missed = 20;
/** Handshakes that are under way at one time: fewer than the kernel lets wait, where one too many would lose a second. */
const handshakes = 200;
/** Until the servers have noticed that everybody is gone. */
const goneMs = 1500;

type Round = Record<'resume ms' | 'with handshakes ms' | 'server CPU ms' | 'PostgreSQL CPU ms', number>;
type Returner = { resume(): Promise<void>; end(): void };

/**
 * 1,000 sockets, two in each room, come back, and each asks for the 20 messages that it missed. The peer reads each room once, one
 * after the other on one connection, and writes the frames to plain sockets; it checks nobody. Measured twice: with all
 * sockets open and ready before the first one asks, and from the first handshake on, each asking as soon as it may.
 */
export async function benchResume(setting: Setting, rounds: number): Promise<void> {
  const world = await populate(setting, { rooms: sockets / 2, members: 2 });
  await fillRooms(setting, world, missed);
  const servers = [
    await startServer('ws + one pass of SQL', 'peers/history.ts', {
      ...peerOf(setting),
      BENCH_HISTORY_DATABASE: setting.urls.chat,
    }),
    await startServer('openward', 'openward.ts', setting.environment),
  ];
  const results = new Map<string, Round[]>(servers.map(({ name }) => [name, []]));
  try {
    // The first round is not counted: code is compiled, statements are planned.
    for (let round = -1; round < rounds; round += 1) {
      for (const server of servers) {
        const measured = await measure(server, seatsOf(server.url, server.name === 'openward', world), setting.folder);
        if (round >= 0) results.get(server.name)?.push(measured);
      }
    }
  } finally {
    for (const server of servers) await stopServer(server);
  }
  sayMedians(`C3, ${sockets} sockets, ${missed} messages each, the median of ${rounds} rounds`, results);
  const [peer = [], own = []] = results.values();
  for (const column of ['resume ms', 'with handshakes ms', 'server CPU ms'] as const) {
    const of = (rows: Round[]) => rows.map((row) => row[column]);
    sayRatio(`C3, ${column}: openward / ws + one pass of SQL`, of(own), of(peer), true);
  }
}

async function measure(server: Server, seats: Seat[], folder: string): Promise<Round> {
  const startedAtMs = performance.now();
  const early = await comeBack(seats, (returner) => returner.resume());
  const withHandshakesMs = performance.now() - startedAtMs;
  for (const returner of early) returner.end();
  await sleep(goneMs);

  const returners = await comeBack(seats);
  const before = cpuUntilNow([server], folder);
  const askedAtMs = performance.now();
  await Promise.all(returners.map((returner) => returner.resume()));
  const resumeMs = performance.now() - askedAtMs;
  const cpu = cpuSince(before, [server], folder);
  for (const returner of returners) returner.end();
  await sleep(goneMs);
  return {
    'resume ms': resumeMs,
    'with handshakes ms': withHandshakesMs,
    'server CPU ms': cpu.server * 1000,
    'PostgreSQL CPU ms': cpu.postgres * 1000,
  };
}

/** Opens all sockets, and does with each what is to be done as soon as it may speak; nobody waits for another's. */
async function comeBack(seats: Seat[], whenReady?: (returner: Returner) => Promise<void>): Promise<Returner[]> {
  const returners: Returner[] = [];
  const done: Promise<void>[] = [];
  const waiting = seats.values();
  const oneAfterTheOther = async () => {
    for (const seat of waiting) {
      const returner = await open(seat);
      returners.push(returner);
      if (whenReady !== undefined) done.push(whenReady(returner));
    }
  };
  await Promise.all(Array.from({ length: handshakes }, oneAfterTheOther));
  await Promise.all(done);
  return returners;
}

/** @throws Error when the server does not send what was missed, each once and in order. */
async function open({ roomId, url, headers = {}, protocol }: Seat): Promise<Returner> {
  const ready = Promise.withResolvers<void>();
  const complete = Promise.withResolvers<void>();
  let got = 0;
  const onText = (frame: Buffer) => {
    // As in load.ts: m(essage), r(eady), e(rror).
    const kind = frame[9];
    if (kind === 0x72) ready.resolve();
    else if (kind === 0x65) complete.reject(new Error(`Refused: ${String(frame)}`));
    else if (kind === 0x6d) {
      got += 1;
      if (!frame.includes(`"seq":${got},`)) complete.reject(new Error(`Not message ${got}: ${String(frame)}`));
      if (got === missed) complete.resolve();
    }
  };
  const wire = await openWire(url, { headers, protocol, onText });
  if (protocol !== undefined) await ready.promise;
  return {
    resume: () => {
      wire.send(`{"type":"resume","rooms":[{"roomId":"${roomId}","afterSeq":0}]}`);
      return complete.promise;
    },
    end: () => wire.end(),
  };
}

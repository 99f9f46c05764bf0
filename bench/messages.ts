import { redisIsInstalled, startRedis } from '../server/test/redis.ts';
import { type Client, closedLoop, connectAll, hooks, type Measured, openLoop, type Seat } from './load.ts';
import { isHere, socketIo } from './peers/guests.ts';
import { median, sayRatio, sayTable } from './report.ts';
import { type Server, startProgram, startServer, stopServer, watchCpu } from './server.ts';
import { jobsDone } from './settle.ts';
import { execute, peerOf, populate, type Setting, seatsOf, socketIoSeatsOf, type World } from './world.ts';
import { startXmppServer, xmppSeatsOf, xmppServers } from './xmpp.ts';

export type Scenario = {
  /** Rooms × members, and how they are loaded. */
  rooms: number;
  members: number;
  load(clients: Client[]): Promise<Measured>;
  /** What is compared. */
  of(measured: Measured): number;
  /** Whether less is better. */
  less?: boolean;
};

/** So long all work before anything counts, at a pace that is nobody's bound: until code is compiled, and each room has had its first messages. */
const settleMs = 6_000;
const settlePerSecond = 500;
const warmUpMs = 1_000;
const measureMs = 2_500;
/** So many connections ejabberd lets wait to be accepted; who comes when there are more is heard a fifth of a second later, or after seconds. */
const xmppHandshakes = 5;

export const scenarios: Record<string, Scenario> = {
  C1: {
    rooms: 500,
    members: 2,
    load: (clients) => closedLoop(clients, 1000, warmUpMs, measureMs),
    of: ({ messagesPerS }) => messagesPerS,
  },
  C1r: {
    rooms: 1,
    members: 100,
    load: (clients) => closedLoop(clients, 64, warmUpMs, measureMs),
    of: ({ deliveriesPerS }) => deliveriesPerS,
  },
  C1l: {
    rooms: 500,
    members: 2,
    // Short rounds and more of them: what the disk takes for a commit changes within seconds, by more than what is compared.
    load: (clients) => openLoop(clients, 500, warmUpMs / 2, 1_500),
    of: ({ p50Ms }) => p50Ms,
    less: true,
  },
};

/** Messages on their way: Openward beside `ws` alone, and beside `ws` with one INSERT a message. */
export async function benchMessages(name: string, scenario: Scenario, setting: Setting, rounds: number): Promise<void> {
  const world = await populate(setting, scenario);
  const redis = name === 'C1' && redisIsInstalled && isHere(socketIo) ? await startRedis() : null;
  const peer = peerOf(setting);
  const servers: Server[] = [];
  const results = new Map<string, Measured[]>();
  try {
    servers.push(await startServer('ws, no persistence', 'peers/ws.ts', peer));
    servers.push(await startServer('ws + INSERT', 'peers/ws.ts', { ...peer, BENCH_PERSIST: 'insert' }));
    if (redis !== null) {
      servers.push(await startProgram(socketIo.name, socketIo.command, { ...peer, REDIS_URL: redis.url }));
    }
    for (const guest of name === 'C1' ? xmppServers : []) {
      if (isHere(guest)) servers.push(await startXmppServer(guest, setting, world));
    }
    servers.push(await startServer('openward', 'openward.ts', setting.environment));
    for (const server of servers) results.set(server.name, []);
    const clients = new Map<string, Client[]>();
    for (const { name: server, url } of servers) {
      const atOnce = isXmpp(server) ? xmppHandshakes : undefined;
      clients.set(server, await connectAll(seatsAt(server, url, world), atOnce));
    }
    await execute(setting.urls.chat, 'VACUUM ANALYZE');
    if (scenario.rooms > 1) {
      const settling = servers.filter((server) => !isXmpp(server.name));
      watchCpu(hooks, settling, setting.folder);
      await Promise.all(settling.map(({ name }) => openLoop(clients.get(name) ?? [], settlePerSecond, 0, settleMs)));
      await jobsDone(name, setting.urls.main);
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const server of servers) {
        // They are far away: a second look would tell nothing.
        if (round > 0 && isXmpp(server.name)) continue;
        watchCpu(hooks, [server], setting.folder);
        results.get(server.name)?.push(await scenario.load(clients.get(server.name) ?? []));
      }
    }
    for (const open of clients.values()) for (const { wire } of open) wire.end();
  } finally {
    for (const server of servers) await stopServer(server);
    await redis?.stop();
  }
  report(name, scenario, results);
}

function isXmpp(server: string): boolean {
  return xmppServers.some(({ name }) => name === server);
}

function seatsAt(server: string, url: string, world: World): Seat[] {
  if (server === socketIo.name) return socketIoSeatsOf(url, world);
  if (isXmpp(server)) return xmppSeatsOf(url, world);
  return seatsOf(url, server === 'openward', world);
}

function report(name: string, { of, less = false }: Scenario, results: Map<string, Measured[]>): void {
  const lines = [...results].map(([server, rounds]) => {
    const middle = (read: (measured: Measured) => number) => median(rounds.map(read));
    return {
      server,
      'messages/s': Math.round(middle(({ messagesPerS }) => messagesPerS)),
      // Of all rounds: a median would hide the one that had some.
      refused: rounds.reduce((sum, { errors }) => sum + errors, 0),
      'deliveries/s': Math.round(middle(({ deliveriesPerS }) => deliveriesPerS)),
      'ack p50 ms': Number(middle(({ p50Ms }) => p50Ms).toFixed(1)),
      'ack p99 ms': Number(middle(({ p99Ms }) => p99Ms).toFixed(1)),
      'server CPU ms/message': Number(middle(({ serverMsPerMessage }) => serverMsPerMessage).toFixed(4)),
      'load CPU': Number(middle(({ loadCpu }) => loadCpu).toFixed(2)),
      'PostgreSQL CPU ms/message': Number(middle(({ postgresMsPerMessage }) => postgresMsPerMessage).toFixed(4)),
    };
  });
  sayTable(`${name}, the median of ${results.get('openward')?.length ?? 0} rounds`, lines);
  const own = (results.get('openward') ?? []).map(of);
  for (const [server, rounds] of results) {
    if (server === 'openward') continue;
    if (rounds.every(({ messagesPerS }) => messagesPerS === 0)) {
      process.stdout.write(`${name}: ${server} acked nothing in time, so there is no ratio\n`);
      continue;
    }
    sayRatio(`${name}: openward / ${server}`, own, rounds.map(of), less);
  }
}

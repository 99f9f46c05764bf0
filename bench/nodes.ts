import { connectAll, hooks, openLoop, type Seat } from './load.ts';
import { sayMedians, sayRatio } from './report.ts';
import { type Server, startServer, stopServer, watchCpu } from './server.ts';
import { inSetting } from './setting.ts';
import { jobsDone } from './settle.ts';
import { databases, execute, populate, prepare, type Setting, seatOf, type World } from './world.ts';

const rooms = { rooms: 500, members: 2 };
/** So long each side works before anything counts, at twice the pace: until its code is compiled. */
const settleMs = 8_000;
/** What else a machine does lasts for seconds: many short rounds, in turn. */
const warmUpMs = 500;
const measureMs = 2000;

/**
 * Messages a second of each node, as nodes are added for what one cannot carry: with half of it each would do in two turns of its event loop,
 * for two commits, what the one does in one.
 */
const perNode = 500;

/**
 * One node on CPU 0, beside one on CPU 0 and one on CPU 1 whose rooms have a member on each: every message crosses the bus.
 * Each side has databases of its own, so that neither hears of the other. CPU is that of all nodes of a side together.
 */
export async function benchNodes(rounds: number): Promise<void> {
  const others = databases.map((database) => `${database}_two`);
  await inSetting([...databases, ...others], async (folder, postgres) => {
    const sides = {
      'one node': await openSide(await prepare(folder, postgres), [0]),
      'two nodes': await openSide(await prepare(folder, postgres, others), [0, 1]),
    };
    try {
      for (const [name, side] of Object.entries(sides)) await settle(name, side);
      await compare(Object.entries(sides), rounds);
    } finally {
      for (const { servers } of Object.values(sides)) for (const server of servers) await stopServer(server);
    }
  });
}

type Side = { setting: Setting; servers: Server[]; clients: Awaited<ReturnType<typeof connectAll>> };

async function openSide(setting: Setting, cpus: number[]): Promise<Side> {
  const world = await populate(setting, rooms);
  const servers: Server[] = [];
  const { environment } = setting;
  for (const cpu of cpus) {
    servers.push(await startServer(`node ${cpu + 1} of ${cpus.length}`, 'openward.ts', environment, { cpu }));
  }
  const clients = await connectAll(seatsAcross(servers, world));
  await execute(setting.urls.chat, 'VACUUM ANALYZE');
  return { setting, servers, clients };
}

async function settle(name: string, { setting, servers, clients }: Side): Promise<void> {
  watchCpu(hooks, servers, setting.folder);
  await openLoop(clients, 2 * perNode * servers.length, 0, settleMs);
  await jobsDone(`N1, ${name}`, setting.urls.main);
}

/** The members of each room in turn on each node. */
function seatsAcross(servers: Server[], world: World): Seat[] {
  return world.rooms.flatMap(({ roomId, members }) =>
    members.map((member, index) => seatOf(servers[index % servers.length]?.url ?? '', true, roomId, member)),
  );
}

async function compare(sides: [string, Side][], rounds: number): Promise<void> {
  const name = `${perNode} messages/s a node`;
  const results = new Map<string, Record<string, number>[]>(sides.map(([side]) => [side, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [side, { setting, servers, clients }] of sides) {
      watchCpu(hooks, servers, setting.folder);
      const { errors, messagesPerS, deliveriesPerS, p50Ms, p99Ms, ...cpu } = await openLoop(
        clients,
        perNode * servers.length,
        warmUpMs,
        measureMs,
      );
      results.get(side)?.push({ messagesPerS, deliveriesPerS, refused: errors, p50Ms, p99Ms, ...cpu });
    }
  }
  sayMedians(`N1, ${name}, the median of ${rounds} rounds`, results);
  const [one = [], two = []] = results.values();
  const refused = [...one, ...two].reduce((sum, row) => sum + (row['refused'] ?? 0), 0);
  if (refused > 0) process.stdout.write(`N1, ${name}: ${refused} sends were refused, so the ratios mean nothing\n`);
  for (const column of ['serverMsPerMessage', 'postgresMsPerMessage', 'messagesPerS']) {
    const of = (rows: Record<string, number>[]) => rows.map((row) => row[column] ?? 0);
    sayRatio(`N1, ${name}, ${column}: two nodes / one`, of(two), of(one), column !== 'messagesPerS');
  }
}

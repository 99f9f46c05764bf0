import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { readConfig } from '../server/src/config.ts';
import { migrateDatabases } from '../server/src/databases.ts';
import { openPlatform } from '../server/src/open-platform.ts';
import { newId } from '../server/src/platform/id.ts';
import { createLog } from '../server/src/platform/log.ts';
import { createPeople } from '../server/test/factories.ts';
import { type Client, closedLoop, connectAll, hooks, type Measured, openLoop } from './load.ts';
import { execute, median, readCpu, type Server, startServer, stopServer } from './servers.ts';
import { environmentOf, inSetting } from './setting.ts';

type Scenario = {
  /** Rooms × members, and how they are loaded. */
  rooms: number;
  members: number;
  load(clients: Client[]): Promise<Measured>;
  /** What is compared. */
  of(measured: Measured): number;
  /** Whether less is better. */
  less?: boolean;
};

const warmUpMs = 2_000;
const measureMs = 5_000;

const scenarios: Record<string, Scenario> = {
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
    load: (clients) => openLoop(clients, 500, warmUpMs, measureMs),
    of: ({ p50Ms }) => p50Ms,
    less: true,
  },
};

type World = { rooms: { roomId: string; members: { id: string; accessToken: string }[] }[] };
type Setting = { folder: string; urls: { main: string; chat: string; peer: string }; environment: NodeJS.ProcessEnv };

/** Runs scenarios against Openward and its peers, interleaved, and prints what came out of it and the ratios. */
export async function benchChat(names: string[], rounds: number): Promise<void> {
  await inSetting(['openward', 'openward_chat', 'peer'], async (folder, postgres) => {
    const setting = await prepare(folder, postgres);
    for (const name of names) {
      const scenario = scenarios[name];
      if (scenario === undefined)
        throw new Error(`There is no scenario ${name}: ${Object.keys(scenarios).join(', ')}.`);
      await runScenario(name, scenario, setting, rounds);
    }
  });
}

async function prepare(folder: string, postgres: { url(database: string): string }): Promise<Setting> {
  const urls = { main: postgres.url('openward'), chat: postgres.url('openward_chat'), peer: postgres.url('peer') };
  await migrateDatabases(urls);
  await execute(
    urls.peer,
    `CREATE TABLE peer_messages (room_id uuid, seq bigint, id uuid, sender_id uuid, client_id text, text text,
       sent_at timestamptz DEFAULT now(), PRIMARY KEY (room_id, seq))`,
  );
  const environment = environmentOf(folder, urls, {
    'socket.connect': { points: 100_000, windowS: 60 },
    socket: { framesPerSecond: 100_000, frameBurst: 100_000 },
  });
  return { folder, urls, environment };
}

async function runScenario(name: string, scenario: Scenario, setting: Setting, rounds: number): Promise<void> {
  const world = await populate(setting, scenario);
  const peer = { BENCH_WORLD: join(setting.folder, 'world.json'), BENCH_PEER_DATABASE: setting.urls.peer };
  const servers = [
    await startServer('ws, no persistence', 'peers/ws.ts', peer),
    await startServer('ws + INSERT', 'peers/ws.ts', { ...peer, BENCH_PERSIST: 'insert' }),
    await startServer('openward', 'openward.ts', setting.environment),
  ];
  const results = new Map<string, Measured[]>(servers.map((server) => [server.name, []]));
  try {
    const clients = new Map<string, Client[]>();
    for (const server of servers) clients.set(server.name, await connectAll(seats(server, world)));
    await execute(setting.urls.chat, 'VACUUM ANALYZE');
    for (let round = 0; round < rounds; round += 1) {
      for (const server of servers) {
        watchCpu(server, setting.folder);
        results.get(server.name)?.push(await scenario.load(clients.get(server.name) ?? []));
      }
    }
    for (const open of clients.values()) for (const { wire } of open) wire.end();
  } finally {
    for (const server of servers) await stopServer(server);
  }
  report(name, scenario, results);
}

function seats({ url, name }: Server, world: World) {
  return world.rooms.flatMap(({ roomId, members }) =>
    members.map(({ id, accessToken }) =>
      name === 'openward'
        ? {
            roomId,
            url: `${url}/api/v1/chat/socket`,
            headers: { authorization: `Bearer ${accessToken}` },
            protocol: 'openward.chat.v1',
          }
        : { roomId, url: `${url}/?account=${id}` },
    ),
  );
}

/** Accounts with sessions by the product's own use cases; rooms straight into the database. */
async function populate({ folder, urls, environment }: Setting, { rooms, members }: Scenario): Promise<World> {
  const config = { ...readConfig({ ...environment, LOG_LEVEL: 'silent' }), keysDir: join(folder, 'keys') };
  const { ctx, close } = await openPlatform({ config, urls, roles: [], log: createLog(config) });
  const people = createPeople(ctx, 'http://localhost');
  const world: World = { rooms: [] };
  for (let room = 0; room < rooms; room += 1) world.rooms.push({ roomId: newId(), members: [] });
  const places = world.rooms.flatMap((room) => Array.from({ length: members }, (_, index) => ({ room, index })));
  for (let start = 0; start < places.length; start += 8) {
    const made = places.slice(start, start + 8).map(async ({ room, index }) => {
      const { id, accessToken } = await (index === 0 ? people.patient() : people.doctor());
      room.members.push({ id, accessToken });
    });
    await Promise.all(made);
  }
  await close();
  const seated = world.rooms.flatMap(({ roomId, members }) =>
    members.map(({ id }, index) => [roomId, id, index] as const),
  );
  const columns = [seated.map(([roomId]) => roomId), seated.map(([, id]) => id), seated.map(([, , index]) => index)];
  const client = new pg.Client({ connectionString: urls.chat });
  await client.connect();
  await client.query(
    `INSERT INTO rooms (room_id, status, request_version) SELECT DISTINCT room_id, 'open', 1 FROM unnest($1::uuid[]) AS room_id`,
    columns.slice(0, 1),
  );
  await client.query(
    `INSERT INTO room_members (room_id, account_id, role)
     SELECT room_id, id, CASE place WHEN 0 THEN 'patient' ELSE 'doctor' END FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS seat (room_id, id, place)`,
    columns,
  );
  await client.query(
    'INSERT INTO account_rooms (account_id, room_id) SELECT id, room_id FROM unnest($1::uuid[], $2::uuid[]) AS seat (room_id, id)',
    columns.slice(0, 2),
  );
  await client.end();
  const plain = world.rooms.map(({ roomId, members }) => ({ roomId, members: members.map(({ id }) => id) }));
  writeFileSync(join(folder, 'world.json'), JSON.stringify({ rooms: plain }));
  return world;
}

function watchCpu(server: Server, folder: string): void {
  const read = () => readCpu(server, folder);
  hooks.start = read;
  hooks.end = (before) => {
    const after = read();
    return { server: after.server - before.server, postgres: after.postgres - before.postgres };
  };
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
  process.stdout.write(
    `\n${name}, the median of ${results.get('openward')?.length ?? 0} rounds, run ${randomBytes(2).toString('hex')}\n`,
  );
  console.table(lines);
  const own = results.get('openward') ?? [];
  for (const [server, rounds] of results) {
    if (server === 'openward') continue;
    const ratios = rounds.map((peer, round) => of(own[round] ?? peer) / of(peer));
    const all = ratios.map((ratio) => ratio.toFixed(2)).join(', ');
    process.stdout.write(
      `${name}: openward / ${server} = ${median(ratios).toFixed(2)} (${all})${less ? ', less is better' : ''}\n`,
    );
  }
}

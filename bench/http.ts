import { migrateDatabases } from '../server/src/databases.ts';
import { fillDirectory } from '../server/test/fill-directory.ts';
import { redisIsInstalled, startRedis } from '../server/test/redis.ts';
import { type Ask, HttpLoad } from './http-load.ts';
import { asksOf, fillRequests, makeCallers, makeRequests } from './http-world.ts';
import { fastApi, isHere } from './peers/guests.ts';
import { median, sayRatio, sayTable } from './report.ts';
import { cpuSince, cpuUntilNow, type Server, startProgram, startServer, stopServer } from './server.ts';
import { environmentOf, inSetting } from './setting.ts';

const connections = 32;
/** Until V8 has compiled what a way needs: in its first second of load a server answers half as often as in its fourth. */
const firstWarmUpMs = 3_000;
const warmUpMs = 300;
/** Short, and many of them: what else the machine does lasts for seconds, and so hits both sides of a round. */
const measureMs = 800;
const many = { points: 1_000_000_000, windowS: 60 };
const cardiology = '/api/v1/doctors?specialty=cardiology';

/** `once`: so far away that a second round would tell nothing. `awake`: of no database, see http-load.ts. */
type Way = { name: string; server: Server; asks: readonly Ask[]; once?: boolean; awake?: boolean };
type Measured = { perS: number; serverMs: number; postgresMs: number };
type Results = Map<string, Measured[]>;

/** [of which row, what, of what] */
const ratios: readonly (readonly [row: string, what: string, ofWhat: string])[] = [
  ['H1', 'openward, the list from the database', 'node:http + pg, the list'],
  ['H1c', 'openward, the list from the cache', 'node:http, a trivial route, awake'],
  ['H1c, of its own', 'openward, the list from the cache', 'openward, a trivial route, awake'],
  ['H1', 'openward, the list from the database', `${fastApi.name}, the list`],
  ['H2', 'openward, a request', 'node:http + pg, a request'],
  ['H2', 'openward, a request', `${fastApi.name}, a request`],
  ['A2', 'openward, GET /me', 'node:http, a trivial route'],
];

/**
 * The doctors of a specialty from the cache and from the database, a request with its relations, and the own account: beside what can be
 * written by hand, turn by turn. Whoever is logged in is known from Redis, where their calls are counted too.
 */
export async function benchHttp(rounds: number, doctors = 10_000): Promise<void> {
  await inSetting(['openward', 'openward_chat'], async (folder, postgres) => {
    const urls = { main: postgres.url('openward'), chat: postgres.url('openward_chat') };
    await migrateDatabases(urls);
    await fillDirectory(urls.main, doctors);
    await fillRequests(urls.main, doctors);
    const redis = redisIsInstalled ? await startRedis() : null;
    if (redis === null)
      process.stdout.write('redis-server is not installed: whoever calls is known from PostgreSQL.\n');
    const environment = environmentOf(folder, urls, {
      ...{ 'address.read': many, 'address.write': many, 'account.read': many, 'account.write': many },
    });
    const servers = [
      await startServer('openward', 'openward.ts', environment),
      await startServer('openward with Redis', 'openward.ts', { ...environment, REDIS_URL: redis?.url }),
      await startServer('peer', 'peers/http.ts', { BENCH_DATABASE: urls.main }),
      isHere(fastApi) ? await startProgram('FastAPI', fastApi.command, { BENCH_DATABASE: urls.main }) : null,
    ] as const;
    try {
      const { patients, doctor } = await makeCallers({ folder, urls, environment }, connections);
      const requests = await makeRequests(servers[1].url, patients, doctor);
      const pathOf = (prefix: string) => (index: number) => `${prefix}/requests/${requests[index]}`;
      const [plain, withRedis, peer, python] = servers;
      const results = await measureInTurn(folder, rounds, [
        { name: 'node:http, a trivial route, awake', server: peer, asks: [{ path: '/' }], awake: true },
        { name: 'openward, a trivial route, awake', server: plain, asks: [{ path: '/health/live' }], awake: true },
        { name: 'openward, the list from the cache', server: plain, asks: [{ path: cardiology }], awake: true },
        // `minRating=0` filters nothing, and is not kept.
        {
          name: 'openward, the list from the database',
          server: plain,
          asks: [{ path: `${cardiology}&minRating=0` }],
        },
        { name: 'node:http + pg, the list', server: peer, asks: [{ path: '/list' }] },
        { name: 'openward, a request', server: withRedis, asks: asksOf(patients, pathOf('/api/v1')) },
        { name: 'node:http + pg, a request', server: peer, asks: asksOf(patients, pathOf('')) },
        // Beside a trivial route of the same load: one that sleeps, since Redis and PostgreSQL want its core.
        { name: 'node:http, a trivial route', server: peer, asks: [{ path: '/' }] },
        { name: 'openward, GET /me', server: withRedis, asks: asksOf(patients, () => '/api/v1/me') },
        ...(python === null
          ? []
          : [
              { name: `${fastApi.name}, the list`, server: python, asks: [{ path: '/list' }], once: true },
              { name: `${fastApi.name}, a request`, server: python, asks: asksOf(patients, pathOf('')), once: true },
            ]),
      ]);
      report(`${doctors} doctors and requests`, results);
    } finally {
      for (const server of servers) if (server !== null) await stopServer(server);
      await redis?.stop();
    }
  });
}

/** The list from the database alone, where there are many doctors. */
export async function benchManyDoctors(rounds: number, doctors = 1_000_000): Promise<void> {
  await inSetting(['openward', 'openward_chat'], async (folder, postgres) => {
    const urls = { main: postgres.url('openward'), chat: postgres.url('openward_chat') };
    await migrateDatabases(urls);
    await fillDirectory(urls.main, doctors, { searched: false });
    const servers = [
      await startServer('openward', 'openward.ts', environmentOf(folder, urls, { 'address.read': many })),
      await startServer('peer', 'peers/http.ts', { BENCH_DATABASE: urls.main }),
    ] as const;
    try {
      const [openward, peer] = servers;
      const list = [{ path: `${cardiology}&minRating=0` }];
      const results = await measureInTurn(folder, rounds, [
        { name: 'openward, the list from the database', server: openward, asks: list },
        { name: 'node:http + pg, the list', server: peer, asks: [{ path: '/list' }] },
      ]);
      report(`${doctors} doctors`, results, ' of many');
    } finally {
      for (const server of servers) await stopServer(server);
    }
  });
}

async function measureInTurn(folder: string, rounds: number, ways: readonly Way[]): Promise<Results> {
  const results: Results = new Map(ways.map(({ name }) => [name, []]));
  // FastAPI has no compiler to wait for.
  for (const { server, asks, awake } of ways.filter(({ once }) => !once)) {
    await new HttpLoad(server.url, asks, awake).use(connections, firstWarmUpMs);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const way of ways) if (round === 0 || !way.once) results.get(way.name)?.push(await measure(way, folder));
  }
  return results;
}

async function measure({ server, asks, awake }: Way, folder: string): Promise<Measured> {
  const load = new HttpLoad(server.url, asks, awake);
  let before = { server: 0, postgres: 0 };
  let result: Measured = { perS: 0, serverMs: 0, postgresMs: 0 };
  let beganAtMs = 0;
  const during = {
    begin: () => {
      beganAtMs = performance.now();
      before = cpuUntilNow([server], folder);
    },
    end: () => {
      const cpu = cpuSince(before, [server], folder);
      const each = 1000 / Math.max(1, load.answers);
      result = {
        perS: load.answers / ((performance.now() - beganAtMs) / 1000),
        serverMs: cpu.server * each,
        postgresMs: cpu.postgres * each,
      };
    },
  };
  await load.run(connections, measureMs, during, warmUpMs);
  return result;
}

function report(what: string, results: Results, suffix = ''): void {
  const rows = [...results].map(([name, rounds]) => ({
    name,
    'answers/s': Math.round(median(rounds.map(({ perS }) => perS))),
    'server CPU ms': Number(median(rounds.map(({ serverMs }) => serverMs)).toFixed(4)),
    'PostgreSQL CPU ms': Number(median(rounds.map(({ postgresMs }) => postgresMs)).toFixed(4)),
  }));
  const [first = []] = results.values();
  sayTable(`${what}, ${connections} connections, the median of ${first.length} rounds`, rows);
  for (const [row, what, ofWhat] of ratios) {
    const [own, other] = [results.get(what), results.get(ofWhat)];
    if (own === undefined || other === undefined) continue;
    const of = (key: keyof Measured) => [own.map((one) => one[key]), other.map((one) => one[key])] as const;
    sayRatio(`${row}${suffix}: ${what} / ${ofWhat}`, ...of('perS'));
    sayRatio(`${row}${suffix}, CPU of the server: ${what} / ${ofWhat}`, ...of('serverMs'), true);
  }
}

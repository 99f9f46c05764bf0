import { migrateDatabases } from '../server/src/databases.ts';
import { HttpLoad } from './http-load.ts';
import { median } from './report.ts';
import { cpuUntilNow, type Server, startServer, stopServer } from './server.ts';
import { environmentOf, inSetting } from './setting.ts';
import { execute } from './world.ts';

const connections = 32;
const warmUpMs = 1_500;
const measureMs = 4_000;
const cardiology = '/api/v1/doctors?specialty=cardiology';

/** What is measured, turn by turn: [name, server, path]. `minRating=0` filters nothing, and is not kept. */
const ways = [
  ['node:http, a trivial route', 'peer', '/'],
  ['openward, a trivial route', 'openward', '/health/live'],
  ['openward, the list from the cache', 'openward', cardiology],
  ['openward, the list from the database', 'openward', `${cardiology}&minRating=0`],
  ['node:http + pg, the list', 'peer', '/list'],
] as const;
type Way = (typeof ways)[number][0];
type Measured = { perS: number; serverMs: number; postgresMs: number };

/** [what, of what, name of the goal] */
const ratios: readonly [Way, Way, string][] = [
  ['openward, the list from the cache', 'openward, a trivial route', 'H1c'],
  ['openward, the list from the cache', 'node:http, a trivial route', 'H1c, the bare way'],
  ['openward, the list from the database', 'node:http + pg, the list', 'H1'],
];

/** The doctors of a specialty by rating: from the cache, from the database, and beside what can be written by hand. */
export async function benchHttp(doctors: number, rounds: number): Promise<void> {
  await inSetting(['openward', 'openward_chat'], async (folder, postgres) => {
    const urls = { main: postgres.url('openward'), chat: postgres.url('openward_chat') };
    await migrateDatabases(urls);
    await populate(urls.main, doctors);
    const limits = { 'address.read': { points: 1_000_000_000, windowS: 60 } };
    const environment = { ...environmentOf(folder, urls, limits), REDIS_URL: process.env['REDIS_URL'] };
    const servers = {
      openward: await startServer('openward', 'openward.ts', environment),
      peer: await startServer('peer', 'peers/http.ts', { BENCH_DATABASE: urls.main }),
    };
    const results = new Map<Way, Measured[]>(ways.map(([name]) => [name, []]));
    try {
      for (let round = 0; round < rounds; round += 1) {
        for (const [name, server, path] of ways) results.get(name)?.push(await measure(servers[server], path, folder));
      }
    } finally {
      for (const server of Object.values(servers)) await stopServer(server);
    }
    report(doctors, results);
  });
}

async function measure(server: Server, path: string, folder: string): Promise<Measured> {
  const load = new HttpLoad(`${server.url}${path}`);
  let before = { server: 0, postgres: 0 };
  let result: Measured = { perS: 0, serverMs: 0, postgresMs: 0 };
  let beganAtMs = 0;
  const during = {
    begin: () => {
      beganAtMs = performance.now();
      before = cpuUntilNow([server], folder);
    },
    end: () => {
      const cpu = cpuUntilNow([server], folder);
      const each = 1000 / Math.max(1, load.answers);
      result = {
        perS: load.answers / ((performance.now() - beganAtMs) / 1000),
        serverMs: (cpu.server - before.server) * each,
        postgresMs: (cpu.postgres - before.postgres) * each,
      };
    },
  };
  await load.run(connections, measureMs, during, warmUpMs);
  return result;
}

/** Spread over all specialties, each with ratings of its own. */
async function populate(url: string, doctors: number): Promise<void> {
  await execute(
    url,
    `INSERT INTO accounts (id, role, email, full_name, email_verified_at, approved_at, country, city)
     SELECT md5(n::text)::uuid, 'doctor', n || '@example.org', 'Doctor ' || n, now(), now(), 'Portugal', 'Porto'
     FROM generate_series(1, ${doctors}) AS n`,
  );
  await execute(
    url,
    `INSERT INTO doctors (account_id, specialty, license_number, full_name, country, city, listed, bio, experience_years, languages,
       rating_count, rating_sum, rating_sum_of_squares, score)
     SELECT md5(n::text)::uuid, codes[1 + n % array_length(codes, 1)], 'L', 'Doctor ' || n, 'Portugal', 'Porto', true,
       'Born in Porto, trained in Lisbon and Leiden. I take my time, and I explain what I do.', n % 40, '{en,pt}',
       n % 50, 4 * (n % 50), 17 * (n % 50), 2 + random() * 3
     FROM generate_series(1, ${doctors}) AS n, (SELECT array_agg(code ORDER BY code) AS codes FROM specialties) AS all_codes`,
  );
  await execute(url, 'VACUUM ANALYZE');
}

function report(doctors: number, results: Map<Way, Measured[]>): void {
  const lines = [...results].map(([name, rounds]) => ({
    name,
    'answers/s': Math.round(median(rounds.map(({ perS }) => perS))),
    'server CPU ms': Number(median(rounds.map(({ serverMs }) => serverMs)).toFixed(4)),
    'PostgreSQL CPU ms': Number(median(rounds.map(({ postgresMs }) => postgresMs)).toFixed(4)),
  }));
  process.stdout.write(`\n${doctors} doctors, ${connections} connections, the median of the rounds\n`);
  console.table(lines);
  for (const [what, ofWhat, goal] of ratios) {
    const [own, other] = [results.get(what) ?? [], results.get(ofWhat) ?? []];
    const of = (read: (measured: Measured) => number) => own.map((one, n) => read(one) / read(other[n] ?? one));
    const [perS, cpu] = [of(({ perS }) => perS), of(({ serverMs }) => serverMs)];
    const all = perS.map((ratio) => ratio.toFixed(2)).join(', ');
    process.stdout.write(
      `${goal}: ${what} / ${ofWhat} = ${median(perS).toFixed(2)} of its answers/s (${all}), ${median(cpu).toFixed(2)} times its CPU\n`,
    );
  }
}

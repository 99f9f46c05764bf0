import { migrateDatabases } from '../server/src/databases.ts';
import { redisIsInstalled, startRedis } from '../server/test/redis.ts';
import { type Ask, HttpLoad } from './http-load.ts';
import { asksOf, makeCallers } from './http-world.ts';
import { sayBounded, sayMedians, sayRatio } from './report.ts';
import { cpuSince, cpuUntilNow, type Server, startServer, stopServer } from './server.ts';
import { environmentOf, inSetting } from './setting.ts';

/** Logins under way at one time, and people who log in. */
const outstanding = 4;
const cost = '12';
const warmUpMs = 1_500;
/** At so few calls a second it takes minutes until all code of theirs is compiled, as it is in a server that is in use. */
const othersFirst = { connections: 8, forMs: 1_000 };
const measureMs = 5_000;
/** What others ask for meanwhile: too little to take the logins' time. */
const meanwhilePerS = 10;
const many = { points: 1_000_000_000, windowS: 60 };

type Side = { name: string; server: Server; logins: readonly Ask[]; others: readonly Ask[] };
type Measured = Record<'logins/s' | 'server CPU ms' | 'others p50 ms' | 'others p99 ms', number>;

/** Logins, as many as go, beside a program that does nothing but compare passwords: what is lost, and how others fare meanwhile. */
export async function benchLogins(rounds: number): Promise<void> {
  await inSetting(['openward', 'openward_chat'], async (folder, postgres) => {
    const urls = { main: postgres.url('openward'), chat: postgres.url('openward_chat') };
    await migrateDatabases(urls);
    const redis = redisIsInstalled ? await startRedis() : null;
    const limits = Object.fromEntries(
      [
        ...['login.account', 'login.address', 'login.pair', 'login.device', 'login.known', 'login.devices'],
        ...['address.read', 'address.write', 'account.read', 'account.write'],
      ].map((name) => [name, many]),
    );
    const environment = { ...environmentOf(folder, urls, limits), BCRYPT_COST: cost, REDIS_URL: redis?.url };
    const { patients } = await makeCallers({ folder, urls, environment }, 2 * outstanding);
    const logins = patients.slice(0, outstanding).map(({ email, password }): Ask => {
      return { method: 'POST', path: '/api/v1/auth/tokens', body: { email, password } };
    });
    const sides: Side[] = [
      {
        name: 'bcrypt alone',
        // One password at a time, as the product does on one core.
        server: await startServer('bcrypt', 'peers/bcrypt.ts', { BENCH_COST: cost, UV_THREADPOOL_SIZE: '1' }),
        logins: [{ method: 'POST', path: '/' }],
        others: [{ path: '/' }],
      },
      {
        name: 'openward',
        server: await startServer('openward', 'openward.ts', environment),
        logins,
        others: asksOf(patients.slice(outstanding), () => '/api/v1/me'),
      },
    ];
    const results = new Map<string, Measured[]>(sides.map(({ name }) => [name, []]));
    try {
      const { connections, forMs } = othersFirst;
      for (const { server, others } of sides) await new HttpLoad(server.url, others).use(connections, forMs);
      // Logins are few, too: in the first seconds V8 compiles theirs, and marks the heap that the start has left.
      for (const side of sides) if (side.name === 'openward') await measure(side, folder);
      for (let round = 0; round < rounds; round += 1) {
        for (const side of sides) results.get(side.name)?.push(await measure(side, folder));
      }
    } finally {
      for (const { server } of sides) await stopServer(server);
      await redis?.stop();
    }
    report(rounds, results);
  });
}

async function measure({ server, logins, others }: Side, folder: string): Promise<Measured> {
  const load = new HttpLoad(server.url, logins);
  const beside = new HttpLoad(server.url, others);
  const paced = beside.pace(4 * outstanding, meanwhilePerS);
  let before = { server: 0, postgres: 0 };
  let cpuS = 0;
  const during = {
    begin: () => {
      beside.forget();
      before = cpuUntilNow([server], folder);
    },
    end: () => {
      cpuS = cpuSince(before, [server], folder).server;
    },
  };
  await Promise.race([load.run(outstanding, measureMs, during, warmUpMs), paced.failed]);
  paced.stop();
  return {
    'logins/s': load.perS,
    'server CPU ms': (cpuS * 1000) / load.answers,
    'others p50 ms': beside.latencyMs(0.5),
    'others p99 ms': beside.latencyMs(0.99),
  };
}

function report(rounds: number, results: Map<string, Measured[]>): void {
  sayMedians(
    `A1, logins at cost ${cost}, ${outstanding} under way, ${meanwhilePerS} calls of others a second beside them, the median of ${rounds} rounds`,
    results,
  );
  const [bound = [], own = []] = results.values();
  const of = (rows: Measured[], key: keyof Measured) => rows.map((row) => row[key]);
  sayRatio('A1: logins/s, openward / bcrypt alone', of(own, 'logins/s'), of(bound, 'logins/s'));
  sayBounded('A1, p99 of GET /me meanwhile', of(own, 'others p99 ms'), 'ms');
}

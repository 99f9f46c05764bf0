import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../server/src/config.ts';
import { migrateDatabases } from '../server/src/databases.ts';
import { findAccount } from '../server/src/modules/identity/index.ts';
import { openPlatform } from '../server/src/open-platform.ts';
import { openCopy, sealCopy } from '../server/src/platform/cache/sealed-copy.ts';
import { createLog } from '../server/src/platform/log.ts';
import { createPeople } from '../server/test/factories.ts';
import { startRedis } from '../server/test/redis.ts';
import { cpuOf, cpuOfChildren } from './cpu.ts';
import { median } from './report.ts';
import { environmentOf, inSetting } from './setting.ts';

const readsOfARound = 5_000;
const rounds = 7;

/** What reading an account costs, from the database and as a sealed copy out of Redis would: CPU of all that take part, interleaved. */
export async function benchAccount(): Promise<void> {
  await inSetting(['openward', 'openward_chat'], async (folder, postgres) => {
    const redis = await startRedis();
    const urls = { main: postgres.url('openward'), chat: postgres.url('openward_chat') };
    await migrateDatabases(urls);
    const environment = { ...environmentOf(folder, urls, {}), REDIS_URL: redis.url, LOG_LEVEL: 'silent' };
    const config = readConfig(environment);
    const { ctx, close } = await openPlatform({ config, urls, roles: [], log: createLog(config) });
    try {
      const { id } = await createPeople(ctx, 'http://localhost').patient();
      const key = `openward:bench:${id}`;
      const copy = { value: await findAccount(ctx, id), horizon: 1, freshUntilMs: 1, goodUntilMs: 1 };
      const line = sealCopy(ctx.keys.encryption.current, key, copy);
      await ctx.redis?.run((client) => client.set(key, line));
      const ways: Record<string, () => Promise<unknown>> = {
        'the database': () => findAccount(ctx, id),
        'Redis, sealed': async () => {
          const found = await ctx.redis?.run((client) => client.get(key));
          return openCopy(ctx.keys.encryption, key, found ?? '');
        },
      };
      const postmaster = Number(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
      const cpu = () => cpuOf(process.pid) + cpuOfChildren(postmaster) + cpuOf(redis.pid);
      const results = new Map(Object.keys(ways).map((name): [string, number[]] => [name, []]));
      for (let round = 0; round <= rounds; round += 1) {
        for (const [name, read] of Object.entries(ways)) {
          const before = cpu();
          for (let n = 0; n < readsOfARound; n += 10) await Promise.all(Array.from({ length: 10 }, read));
          // The first round warms up.
          if (round > 0) results.get(name)?.push(((cpu() - before) * 1_000_000) / readsOfARound);
        }
      }
      for (const [name, all] of results)
        process.stdout.write(`an account from ${name}: ${median(all).toFixed(0)} µs of CPU\n`);
    } finally {
      await close();
      await redis.stop();
    }
  });
}

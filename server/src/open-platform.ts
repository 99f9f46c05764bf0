import type { Config } from './config.ts';
import { type Ctx, createContext, type Platform } from './context.ts';
import type { DatabaseUrls } from './databases.ts';
import { loadLimits } from './limits.ts';
import { createGuard } from './modules/abuse/index.ts';
import { createBus } from './platform/bus/bus.ts';
import { createCache } from './platform/cache/cache.ts';
import { systemClock } from './platform/clock.ts';
import { openKeyRing } from './platform/crypto/key-ring.ts';
import { createPasswordHasher } from './platform/crypto/password-hash.ts';
import { openPushKey } from './platform/crypto/push-key.ts';
import { createTokens } from './platform/crypto/tokens.ts';
import { type DatabasePool, openPool } from './platform/database/connect.ts';
import { watchWaiting } from './platform/database/pool-wait.ts';
import { openReplica, type Replica } from './platform/database/replica.ts';
import { openFileStore } from './platform/files/file-store.ts';
import { startJobs } from './platform/jobs/jobs.ts';
import { createLimiter } from './platform/limits/limiter.ts';
import { type Database, Load } from './platform/load/load.ts';
import type { Logger } from './platform/log.ts';
import { createMailTransport } from './platform/mail/mail.ts';
import { createMetrics, type Metrics } from './platform/metrics.ts';
import { createPush, type Push } from './platform/push/push.ts';
import { openRedis, type Redis } from './platform/redis/connect.ts';
import { stopParts } from './platform/stop-parts.ts';
import { openTracing, type Tracing } from './platform/tracing/tracing.ts';
import { readVersion } from './platform/version.ts';
import { jobKinds, type RoleName } from './roles.ts';

const audience = 'openward';
/** What has not been closed by then is left behind: the process ends. */
const closeTimeoutMs = 4_000;
/**
 * Every statement of the chat finds its rows by key, so that one plan fits all values: planning for each group of messages
 * anew cost twice what running it did, and a plan from when a table was small must not scan it for ever. Whoever holds a room's row for longer than a moment is in trouble; the others go on.
 */
const chatSession = { plan_cache_mode: 'force_generic_plan', enable_seqscan: 'off', lock_timeout: '2s' };
/**
 * Citus finds the machine of a statement by the room that it is given: it has no plan for one that leaves that open. What asks for many rooms
 * goes over the one connection to each machine that there is: opening more, as it would for long work, costs more than asking.
 */
const distributedChatSession = { lock_timeout: '2s', 'citus.max_adaptive_executor_pool_size': '1' };

/** Opens everything that a process is made of and puts it into the first ctx. */
export async function openPlatform(options: {
  config: Config;
  urls: DatabaseUrls;
  roles: readonly RoleName[];
  log: Logger;
  overrides?: Partial<Platform>;
}): Promise<{ platform: Platform; ctx: Ctx; close(): Promise<void> }> {
  const { config, urls, roles, log } = options;
  const keys = await openKeyRing({
    dir: config.keysDir,
    createIfMissing: config.env !== 'production',
    strict: config.env === 'production',
    onWarning: (message) => log.warn(message),
  });
  const tracing = await openTracing(config.tracing, readVersion(), log);
  const metrics = options.overrides?.metrics ?? createMetrics();
  const pool = { max: config.databasePoolSize, log, tracing, metrics };
  const main = openPool({ ...pool, url: urls.main, name: 'main' });
  const session = config.chatDistributed ? distributedChatSession : chatSession;
  const chat = openPool({ ...pool, url: urls.chat, name: 'chat', session });
  const replica = openReplicaOf(config, { ...pool, main });
  const redis = await openRedisOf(config, { log, metrics });
  const bus = createBus({
    url: urls.main,
    pool: main,
    redis,
    log,
    tracing,
    // A worker alone subscribes to nothing.
    listens: redis !== null || roles.some((role) => role !== 'worker'),
    onRedis: (hearing) => metrics.redis.set('events', hearing),
  });
  const worker = roles.includes('worker');
  const kinds = worker ? await jobKinds() : [];
  const jobs = await startJobs({ url: urls.main, kinds, worker, log, metrics, tracing });
  const mail = createMailTransport({ ...config.mail, db: main.db });
  const platform: Platform = {
    config,
    log,
    clock: systemClock,
    main,
    chat,
    replica,
    redis,
    bus,
    cache: createCache({ db: main.db, redis, keys, metrics, log }),
    jobs,
    mail,
    push: await openPush(config),
    limits: createLimiter(config.limits, redis, (name) => metrics.limitHits.count(name)),
    guard: createGuard(redis),
    load: openLoad(config, { main, chat }, { log, metrics }),
    metrics,
    files: openFileStore(config.attachments),
    keys,
    tokens: createTokens({ keys, issuer: config.http.publicUrl.origin, audience, now: () => systemClock.now() }),
    passwords: createPasswordHasher({ keys, cost: config.bcryptCost }),
    tracing,
    ...options.overrides,
  };
  return {
    platform,
    ctx: createContext(platform),
    close: () =>
      stopParts(
        [
          { name: 'jobs', maxMs: 2000, stop: () => jobs.stop() },
          { name: 'events', maxMs: 1000, stop: () => bus.close() },
          { name: 'redis', maxMs: 1000, stop: async () => redis?.close() },
          { name: 'mail', maxMs: 1000, stop: async () => mail.close() },
          { name: 'databases', maxMs: 2000, stop: () => Promise.all([main.close(), chat.close(), replica?.close()]) },
          { name: 'keys', maxMs: 100, stop: async () => keys.close() },
          { name: 'traces', maxMs: 2500, stop: async () => tracing?.close() },
        ],
        { log, withinMs: closeTimeoutMs },
      ),
  };
}

/** Without the key there is no push: an installation from before it goes on, and gets one by `keys generate`. */
async function openPush({ env, keysDir, mail, push }: Config): Promise<Push | null> {
  if (push.services.length === 0) return null;
  const strict = env === 'production';
  const key = await openPushKey({ dir: keysDir, createIfMissing: !strict, strict });
  if (key === null) return null;
  const [, address = mail.from] = /<([^>]*)>/.exec(mail.from) ?? [];
  return createPush({ key, contact: `mailto:${address}`, ...push });
}

function openLoad(
  config: Config,
  pools: Record<Database, DatabasePool>,
  { log, metrics }: { log: Logger; metrics: Metrics },
): Load {
  const limits = { ...loadLimits, ...config.limits.load };
  const load = new Load({ limits, log, metrics });
  for (const part of ['main', 'chat'] as const) {
    const waitMs = watchWaiting(pools[part].pool);
    load.watch({ name: `${part}-database`, part, read: () => waitMs() / limits.databaseWaitMs });
  }
  return load;
}

function openReplicaOf(
  { databases }: Config,
  { main, ...pool }: { main: DatabasePool; max: number; log: Logger; tracing: Tracing | null; metrics: Metrics },
): Replica | null {
  if (databases === null || databases.read === null) return null;
  const { log, metrics } = pool;
  const copy = openPool({ ...pool, url: databases.read, name: 'read' });
  return openReplica({ primary: main, pool: copy, log, onRead: (outcome) => metrics.replica.read(outcome) });
}

async function openRedisOf(
  { redisUrl }: Config,
  { log, metrics }: { log: Logger; metrics: Metrics },
): Promise<Redis | null> {
  if (redisUrl === null) return null;
  const redis = await openRedis({ url: redisUrl, log, onRefused: () => metrics.redis.refused() });
  metrics.redis.set('commands', redis.healthy);
  metrics.redis.set('events', false);
  redis.onChange((healthy) => metrics.redis.set('commands', healthy));
  return redis;
}

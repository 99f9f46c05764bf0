import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { type Redis, RedisAway } from '#platform/redis/connect.ts';
import { cachePolicies } from '#server/cache-policies.ts';
import type { Ctx } from '#server/context.ts';
import { recordSecurityEvent } from '../events/security-event.ts';
import { knowledgeMs, SessionChanges } from './session-changes.ts';
import { type LiveSession, openCopy, type SessionCopy, type SessionPlace, sealCopy } from './session-copy.ts';

/** When the database said so: the oldest transaction that its snapshot did not see, the time, the session's end. */
export type Reading = { xmin: number; readAtMs: number; expiresAtMs: number };

/** How a look into the cache ended. Forged: not written by a holder of our keys, or for another session. */
export type CacheOutcome = 'hit' | 'miss' | 'distrusted' | 'forged';

/**
 * How long copies are good for, by the database's clock; the jitter keeps them from running out together. A mark lives longer than any
 * copy that was read before the change.
 */
const { freshMs: lifeMs, markMs: markLifeMs } = cachePolicies.sessionState;
/** A little more than any node goes on without looking at the changes. */
const settleMs = knowledgeMs + 50;

/** Marks an account as changed by a transaction: a mark is only ever replaced by a newer one, whoever comes last. */
const markScript = `
local mark, known = ARGV[1], redis.pcall('GET', KEYS[1])
if type(known) == 'string' and known:match('^%d+$') and tonumber(known) > tonumber(mark) then mark = known end
return redis.call('SET', KEYS[1], mark, 'PX', ARGV[2])`;

/** A line as it was opened, with the keys of that time. */
type Opened = { line: string; generation: number; copy: SessionCopy };
const maxOpened = 10_000;

type Cache = {
  changes: SessionChanges;
  /** By key, the least recently used going first: the MAC of a line is computed once, not for each call. */
  opened: LRUCache<string, Opened>;
  mark(key: string, xid: string, lifeMs: string): Promise<unknown>;
};

/** One for each node: what it knows of changes lives as long as its connection to Redis. */
const caches = new WeakMap<Redis, Cache>();

function cacheOf(redis: Redis): Cache {
  let cache = caches.get(redis);
  if (cache === undefined) {
    cache = {
      changes: new SessionChanges(),
      opened: new LRUCache({ max: maxOpened }),
      mark: redis.script('openwardMarkSessions', markScript),
    };
    caches.set(redis, cache);
  }
  return cache;
}

/**
 * The copy of a live session, if Redis has one that can be believed: written by us for this session, not run out, and read
 * after every change of the account that Redis or, at most 600 ms ago, the database knew of. Null says nothing: then the
 * database is to be asked, which alone refuses.
 */
export async function findCachedSession(ctx: Ctx, place: SessionPlace): Promise<LiveSession | null> {
  if (ctx.redis === null) return null;
  const cache = cacheOf(ctx.redis);
  const { outcome, session } = await look(ctx, ctx.redis, cache, place);
  ctx.metrics.sessionCache.count(outcome);
  if (outcome === 'forged') {
    const { accountId, sessionId } = place;
    await recordSecurityEvent(ctx, { kind: 'session-cache-forged', accountId, details: { sessionId } });
  }
  return session ?? null;
}

type Look = { outcome: CacheOutcome; session?: LiveSession };

async function look(ctx: Ctx, redis: Redis, { changes, opened }: Cache, place: SessionPlace): Promise<Look> {
  if (!redis.healthy) return { outcome: 'miss' };
  const key = keyOf(place);
  // Whatever is wrong with Redis, the database knows.
  const [line, mark] = await redis.read([key, markKeyOf(place.accountId)]).catch(() => []);
  if (line === undefined || line === null) return { outcome: 'miss' };
  const { generation } = ctx.keys;
  const known = opened.get(key);
  const isKnown = known?.line === line && known.generation === generation;
  const copy = isKnown ? known.copy : openCopy(ctx.keys.encryption, place, line);
  if (copy === 'forged') return { outcome: 'forged' };
  if (copy === 'unknown-key') return { outcome: 'miss' };
  if (!isKnown) opened.set(key, { line, generation, copy });
  // A mark that is no number is greater than any.
  const marked = mark === undefined || mark === null ? 0 : Number(mark);
  if (!(copy.xmin > marked)) return { outcome: 'distrusted' };
  const isFresh = changes.isFresh(ctx);
  if (!(isFresh === true || (await isFresh)) || copy.xmin <= changes.lastOf(place.accountId))
    return { outcome: 'distrusted' };
  if (copy.goodUntilMs <= changes.databaseNowMs()) return { outcome: 'miss' };
  return { outcome: 'hit', session: copy };
}

/** Keeps a copy for the next calls. Nobody waits for it, and it may fail: it may come late, too, since its reading is in it. */
export function cacheSession(ctx: Ctx, place: SessionPlace, session: LiveSession, reading: Reading): void {
  if (ctx.redis?.healthy !== true) return;
  const goodForMs = Math.min(lifeMs.least + Math.random() * lifeMs.jitter, reading.expiresAtMs - reading.readAtMs);
  const goodUntilMs = Math.floor(reading.readAtMs + goodForMs);
  const text = sealCopy(ctx.keys.encryption.current, place, { ...session, xmin: reading.xmin, goodUntilMs });
  ctx.redis
    .run((client) => client.set(keyOf(place), text, 'PX', Math.max(1, Math.floor(goodForMs))))
    .catch((error: unknown) => {
      if (!(error instanceof RedisAway)) ctx.log.warn({ err: error }, 'a session could not be cached');
    });
}

/**
 * After the commit of a change and before its answer: from now on no node believes a copy that was read before it. Where Redis
 * does not take the mark, it is waited until every node has had to look at the changes themselves.
 * @param xid of the transaction, or a later one.
 */
export async function markSessionsChanged(ctx: Ctx, accountId: string, xid: number): Promise<void> {
  if (ctx.redis === null) return;
  try {
    await cacheOf(ctx.redis).mark(markKeyOf(accountId), String(xid), String(markLifeMs));
  } catch {
    await sleep(settleMs);
  }
}

/** The braces keep an account's keys in one slot of a cluster. The number is that of the format. */
function keyOf({ accountId, sessionId }: SessionPlace): string {
  return `openward:session:1:{${accountId}}:${sessionId}`;
}

function markKeyOf(accountId: string): string {
  return `openward:session:1:{${accountId}}`;
}

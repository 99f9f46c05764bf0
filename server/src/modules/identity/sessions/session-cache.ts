import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { type Count, type CountWords, countLua } from '#platform/limits/limiter.ts';
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

/** A line of ours is shorter. To find something in what is much longer would hold Redis up. */
const longest = 300;

/**
 * The copy and the mark; and, unless the mark or its absence says that the copy is nothing, the points of this call are taken, so that a session
 * that has ended takes none of its account's. A limit that cannot be counted here, its taker sees to.
 */
const lookAndCountScript = `
local copy, mark = unpack(redis.call('MGET', KEYS[1], KEYS[2]))
local xmin = copy and #copy < ${longest} and tonumber(copy:match('%.(%d+)%.%d+$'))
if not xmin or (mark and not (xmin > (tonumber(mark) or xmin))) then return { copy, mark } end
local function count(KEYS, ARGV)
${countLua}
end
local done, counted = pcall(count, { KEYS[3] }, ARGV)
if not done then return { copy, mark } end
return { copy, mark, counted[1], counted[2] }`;

/** A line as it was opened, with the keys of that time. */
type Opened = { line: string; generation: number; copy: SessionCopy };
const maxOpened = 10_000;

type Cache = {
  changes: SessionChanges;
  /** By key, the least recently used going first: the MAC of a line is computed once, not for each call. */
  opened: LRUCache<string, Opened>;
  mark(key: string, xid: string, lifeMs: string): Promise<unknown>;
  lookAndCount(...words: string[]): Promise<unknown>;
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
      lookAndCount: redis.script('openwardLookAndCount', lookAndCountScript, 3),
    };
    caches.set(redis, cache);
  }
  return cache;
}

/**
 * The copy of a live session, if Redis has one that can be believed: written by us for this session, not run out, and read
 * after every change of the account that Redis or, at most 600 ms ago, the database knew of. Null says nothing: then the
 * database is to be asked, which alone refuses.
 * @param limit whose points are taken on the way, if there is a copy that no mark speaks against: `counted` says what came of it.
 */
export async function findCachedSession(
  ctx: Ctx,
  place: SessionPlace,
  limit?: CountWords,
): Promise<{ session: LiveSession | null; counted: Count | null }> {
  if (ctx.redis?.healthy !== true) {
    if (ctx.redis !== null) ctx.metrics.sessionCache.count('miss');
    return { session: null, counted: null };
  }
  const cache = cacheOf(ctx.redis);
  const [line, mark, ...counted] = await ask(ctx.redis, cache, place, limit);
  const { outcome, session = null } = await judge(ctx, cache, place, line ?? null, mark ?? null);
  ctx.metrics.sessionCache.count(outcome);
  if (outcome === 'forged') {
    const { accountId, sessionId } = place;
    await recordSecurityEvent(ctx, { kind: 'session-cache-forged', accountId, details: { sessionId } });
  }
  const [consumed, endsInMs] = counted;
  return { session, counted: consumed === undefined || endsInMs === undefined ? null : [consumed, endsInMs] };
}

type Answer = readonly [line?: string | null, mark?: string | null, consumed?: number, endsInMs?: number];

/** What Redis says. Whatever is wrong with it, the database knows. */
function ask(redis: Redis, cache: Cache, place: SessionPlace, limit: CountWords | undefined): Promise<Answer> {
  const keys = [keyOf(place), markKeyOf(place.accountId)];
  const answer = limit === undefined ? redis.read(keys) : cache.lookAndCount(...keys, ...limit);
  return (answer as Promise<Answer>).catch(() => []);
}

type Judgement = { outcome: CacheOutcome; session?: LiveSession };

async function judge(
  ctx: Ctx,
  { changes, opened }: Cache,
  place: SessionPlace,
  line: string | null,
  mark: string | null,
): Promise<Judgement> {
  if (line === null) return { outcome: 'miss' };
  const key = keyOf(place);
  const { generation } = ctx.keys;
  const known = opened.get(key);
  const isKnown = known?.line === line && known.generation === generation;
  const copy = isKnown ? known.copy : openCopy(ctx.keys.encryption, place, line);
  if (copy === 'forged') return { outcome: 'forged' };
  if (copy === 'unknown-key') return { outcome: 'miss' };
  if (!isKnown) opened.set(key, { line, generation, copy });
  // A mark that is no number is greater than any.
  const marked = mark === null ? 0 : Number(mark);
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

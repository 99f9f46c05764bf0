import { timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Role, roles } from '@openward/contracts';
import { fingerprint } from '#platform/crypto/seal.ts';
import { type Redis, RedisAway } from '#platform/redis/connect.ts';
import type { Ctx } from '#server/context.ts';
import { recordSecurityEvent } from './security-event.ts';
import { knowledgeMs, SessionChanges } from './session-changes.ts';

/** What a call needs to know of a session that is live. */
export type LiveSession = { role: Role; approved: boolean; hasFactor: boolean };

/** When the database said so: the oldest transaction that its snapshot did not see, the time, the session's end. */
export type Reading = { xmin: number; readAtMs: number; expiresAtMs: number };

type Place = { accountId: string; sessionId: string };

/** How a look into the cache ended. Forged: not written by a holder of our keys, or for another session. */
export type CacheOutcome = 'hit' | 'miss' | 'distrusted' | 'forged';

/** Copies are good for 45 to 60 s, by the database's clock; the jitter keeps them from running out together. */
const lifeMs = { least: 45_000, jitter: 15_000 };
/** Longer than any copy that was read before the change. */
const markLifeMs = 120_000;
/** A little more than any node goes on without looking at the changes. */
const settleMs = knowledgeMs + 50;

/** Marks an account as changed by a transaction: a mark is only ever replaced by a newer one, whoever comes last. */
const markScript = `
local mark, known = ARGV[1], redis.pcall('GET', KEYS[1])
if type(known) == 'string' and known:match('^%d+$') and tonumber(known) > tonumber(mark) then mark = known end
return redis.call('SET', KEYS[1], mark, 'PX', ARGV[2])`;

type Cache = {
  changes: SessionChanges;
  mark(key: string, xid: string, lifeMs: string): Promise<unknown>;
};

/** One for each node: what it knows of changes lives as long as its connection to Redis. */
const caches = new WeakMap<Redis, Cache>();

function cacheOf(redis: Redis): Cache {
  let cache = caches.get(redis);
  if (cache === undefined) {
    cache = {
      changes: new SessionChanges(),
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
export async function findCachedSession(ctx: Ctx, place: Place): Promise<LiveSession | null> {
  if (ctx.redis === null) return null;
  const cache = cacheOf(ctx.redis);
  const { outcome, session } = await look(ctx, ctx.redis, cache.changes, place);
  ctx.metrics.sessionCache.count(outcome);
  if (outcome === 'forged') {
    const { accountId, sessionId } = place;
    await recordSecurityEvent(ctx, { kind: 'session-cache-forged', accountId, details: { sessionId } });
  }
  return session ?? null;
}

type Look = { outcome: CacheOutcome; session?: LiveSession };

async function look(ctx: Ctx, redis: Redis, changes: SessionChanges, place: Place): Promise<Look> {
  if (!redis.healthy) return { outcome: 'miss' };
  const keys = [keyOf(place), markKeyOf(place.accountId)];
  // Whatever is wrong with Redis, the database knows.
  const [text, mark] = await redis.run((client) => client.mget(keys)).catch(() => []);
  if (text === undefined || text === null) return { outcome: 'miss' };
  const state = openState(ctx, place, text);
  if (state === 'forged') return { outcome: 'forged' };
  if (state === 'unknown-key') return { outcome: 'miss' };
  // A mark that is no number is greater than any.
  const marked = mark === undefined || mark === null ? 0 : Number(mark);
  if (!(state.xmin > marked)) return { outcome: 'distrusted' };
  if (!(await changes.isFresh(ctx)) || state.xmin <= changes.lastOf(place.accountId)) return { outcome: 'distrusted' };
  if (state.goodUntilMs <= changes.databaseNowMs()) return { outcome: 'miss' };
  return { outcome: 'hit', session: state };
}

/** Keeps a copy for the next calls. Nobody waits for it, and it may fail: it may come late, too, since its reading is in it. */
export function cacheSession(ctx: Ctx, place: Place, session: LiveSession, reading: Reading): void {
  if (ctx.redis?.healthy !== true) return;
  const goodForMs = Math.min(lifeMs.least + Math.random() * lifeMs.jitter, reading.expiresAtMs - reading.readAtMs);
  const goodUntilMs = Math.floor(reading.readAtMs + goodForMs);
  const text = sealState(ctx, place, { ...session, xmin: reading.xmin, goodUntilMs });
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
function keyOf({ accountId, sessionId }: Place): string {
  return `openward:session:1:{${accountId}}:${sessionId}`;
}

function markKeyOf(accountId: string): string {
  return `openward:session:1:{${accountId}}`;
}

type State = LiveSession & { xmin: number; goodUntilMs: number };

const stateFormat = new RegExp(
  `^(?<kid>[\\w-]+)\\.(?<mac>[\\w-]{43})\\.(?<body>(?<role>${roles.join('|')})\\.(?<approved>[01])\\.(?<hasFactor>[01])\\.(?<xmin>\\d{1,15})\\.(?<goodUntilMs>\\d{1,15}))$`,
);

/** One line, under a MAC that binds it to its session: what others write into Redis, or move there, is nothing. */
function sealState(ctx: Ctx, place: Place, { role, approved, hasFactor, xmin, goodUntilMs }: State): string {
  const root = ctx.keys.encryption.current;
  const body = [role, approved ? 1 : 0, hasFactor ? 1 : 0, xmin, goodUntilMs].join('.');
  return `${root.kid}.${fingerprint(root, macPlace(place), body).toString('base64url')}.${body}`;
}

/** A key that is not known may be so new that this node has not read it yet: that is no sign of an attack. */
function openState(ctx: Ctx, place: Place, text: string): State | 'forged' | 'unknown-key' {
  const { kid, mac, body, role, ...rest } = stateFormat.exec(text)?.groups ?? {};
  const knownRole = roles.find((candidate) => candidate === role);
  if (kid === undefined || mac === undefined || body === undefined || knownRole === undefined) return 'forged';
  const root = ctx.keys.encryption.find(kid);
  if (root === undefined) return 'unknown-key';
  if (!timingSafeEqual(fingerprint(root, macPlace(place), body), Buffer.from(mac, 'base64url'))) return 'forged';
  return {
    role: knownRole,
    approved: rest['approved'] === '1',
    hasFactor: rest['hasFactor'] === '1',
    xmin: Number(rest['xmin']),
    goodUntilMs: Number(rest['goodUntilMs']),
  };
}

function macPlace({ accountId, sessionId }: Place) {
  return { purpose: 'openward session states', place: `${accountId}:${sessionId}` };
}

import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { SignalKind } from '#platform/guard.ts';
import type { Redis } from '#platform/redis/connect.ts';
import { keyOf, type Subject } from './cases.ts';
import type { Rule } from './rules.ts';

/** What is added: points, and the thing that they are for, which then counts once. */
export type Count = {
  points: number;
  kind: SignalKind | 'refused';
  what?: string | undefined;
  route?: string | undefined;
};

type Counter = {
  sinceMs: number;
  score: number;
  /** The points of each thing, by its digest. */
  things: Map<string, number>;
  signals: Map<string, number>;
  routes: Set<string>;
};

const maxCounters = 20_000;
const maxThings = 200_000;
const maxThingsOfOne = 4096;
const maxRoutes = 10;

/**
 * Redis adds what other nodes have counted, but believed is at most so many times what this node saw itself: somebody who can
 * write to Redis makes no case out of one mistyped path.
 */
const maxShare = 8;

/** The window begins with its first count, as those of the rate limits do. All within one key, which dies after it. */
const countScript = `
local now, window, points, what, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local since = tonumber(redis.call('HGET', KEYS[1], 'since') or '')
if since == nil or now - since >= window or since - now >= window then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'since', now, 'score', 0)
  redis.call('PEXPIRE', KEYS[1], window)
end
local score = tonumber(redis.call('HGET', KEYS[1], 'score')) or 0
if points == 0 then
  local had = tonumber(redis.call('HGET', KEYS[1], 'x' .. what) or '')
  if had == nil then return score end
  redis.call('HDEL', KEYS[1], 'x' .. what)
  return redis.call('HINCRBY', KEYS[1], 'score', -had)
end
if what ~= '' then
  if redis.call('HLEN', KEYS[1]) > most then return score end
  if redis.call('HSETNX', KEYS[1], 'x' .. what, points) == 0 then return score end
end
return redis.call('HINCRBY', KEYS[1], 'score', points)`;

/**
 * Scores by rule and subject: in this node's memory always, and over all nodes in Redis where there is one. Memory is bounded; beyond
 * its bounds the oldest counters go.
 */
export class Counters {
  readonly #counters = new Map<string, Counter>();
  readonly #redis: Redis | null;
  readonly #count: ((key: string, ...values: string[]) => Promise<unknown>) | null;
  #things = 0;

  constructor(redis: Redis | null) {
    this.#redis = redis;
    this.#count = redis?.script('openwardCountAbuse', countScript) ?? null;
  }

  /** The score where this thing has counted already, and so counts no more; else null. */
  scoreWith(rule: Rule, subject: Subject, what: string, nowMs: number): number | null {
    const counter = this.#counters.get(nameOf(rule, subject));
    if (counter === undefined || hasEnded(counter, rule, nowMs)) return null;
    return counter.things.has(digest(what)) ? counter.score : null;
  }

  /** Adds. @returns the score with it. */
  async add(rule: Rule, subject: Subject, count: Count, nowMs: number): Promise<number> {
    const thing = count.what === undefined ? '' : digest(count.what);
    const { score: own, isNew } = this.#addHere(rule, subject, count, thing, nowMs);
    // What this node has counted already, all have.
    if (!isNew) return own;
    return this.#share(rule, subject, [nowMs, rule.windowS * 1000, count.points, thing, maxThingsOfOne], own);
  }

  /** Takes back what a thing has counted. */
  async forgive(rule: Rule, subject: Subject, what: string, nowMs: number): Promise<void> {
    const thing = digest(what);
    const counter = this.#counters.get(nameOf(rule, subject));
    const points = counter?.things.get(thing);
    if (counter !== undefined && points !== undefined) {
      counter.things.delete(thing);
      counter.score -= points;
      this.#things -= 1;
    }
    await this.#share(rule, subject, [nowMs, rule.windowS * 1000, 0, thing, 0], 0);
  }

  /** Begins anew: a case went down a step, or was lifted. What other nodes hold in memory, they drop themselves. */
  async forget(rule: Rule, subject: Subject): Promise<void> {
    const name = nameOf(rule, subject);
    this.#drop(name);
    await this.#redis?.run((client) => client.del(redisKey(name))).catch(() => {});
  }

  /** What this node has seen, for people to judge. */
  evidenceOf(rule: Rule, subject: Subject): { signals: Record<string, number>; routes: string[] } {
    const counter = this.#counters.get(nameOf(rule, subject));
    return { signals: Object.fromEntries(counter?.signals ?? []), routes: [...(counter?.routes ?? [])] };
  }

  #addHere(rule: Rule, subject: Subject, { points, kind, route }: Count, thing: string, nowMs: number) {
    const counter = this.#counterOf(rule, subject, nowMs);
    if (thing !== '') {
      if (counter.things.has(thing) || counter.things.size >= maxThingsOfOne)
        return { score: counter.score, isNew: false };
      counter.things.set(thing, points);
      this.#things += 1;
    }
    counter.score += points;
    counter.signals.set(kind, (counter.signals.get(kind) ?? 0) + 1);
    if (route !== undefined && counter.routes.size < maxRoutes) counter.routes.add(route);
    this.#makeRoom();
    return { score: counter.score, isNew: true };
  }

  #counterOf(rule: Rule, subject: Subject, nowMs: number): Counter {
    const name = nameOf(rule, subject);
    const found = this.#counters.get(name);
    if (found !== undefined && !hasEnded(found, rule, nowMs)) return found;
    this.#drop(name);
    const fresh = { sinceMs: nowMs, score: 0, things: new Map(), signals: new Map(), routes: new Set<string>() };
    this.#counters.set(name, fresh);
    return fresh;
  }

  #makeRoom(): void {
    for (const name of this.#counters.keys()) {
      if (this.#counters.size <= maxCounters && this.#things <= maxThings) return;
      this.#drop(name);
    }
  }

  #drop(name: string): void {
    this.#things -= this.#counters.get(name)?.things.size ?? 0;
    this.#counters.delete(name);
  }

  /** The score over all nodes; this node's own when Redis is away, or says what cannot be. */
  async #share(rule: Rule, subject: Subject, values: (string | number)[], own: number): Promise<number> {
    if (this.#count === null || this.#redis?.healthy !== true) return own;
    try {
      const shared = Number(await this.#count(redisKey(nameOf(rule, subject)), ...values.map(String)));
      return Number.isFinite(shared) ? Math.max(own, Math.min(shared, own * maxShare)) : own;
    } catch {
      return own;
    }
  }
}

function hasEnded({ sinceMs }: Counter, { windowS }: Rule, nowMs: number): boolean {
  return Math.abs(nowMs - sinceMs) >= windowS * 1000;
}

function nameOf(rule: Rule, subject: Subject): string {
  return `${rule.name}:${keyOf(subject)}`;
}

/** Redis is not to hold addresses of people. */
function redisKey(name: string): string {
  return `openward:abuse:count:${hash('sha256', name, 'base64url')}`;
}

/** 48 bits: of four thousand things, two are the same once in thirty million windows. The same few things come again and again. */
function digest(what: string): string {
  const known = digests.get(what);
  if (known !== undefined) return known;
  const made = hash('sha256', what, 'base64url').slice(0, 8);
  if (what.length <= mostRemembered) digests.set(what, made);
  return made;
}

const digests = new LRUCache<string, string>({ max: 5000 });
/** What is longer, somebody made up. */
const mostRemembered = 200;

import { hash } from 'node:crypto';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { type Limit, type LimitKey, type LimitName, type LimitOverrides, ruleOf } from '../../limits.ts';
import { Problem } from '../problem.ts';
import type { Redis } from '../redis/connect.ts';

/** How a limit stands for one key after a call, for the RateLimit headers. */
export type LimitState = { name: LimitName; limit: Limit; remaining: number; resetS: number };

export type Limiter = {
  /**
   * Takes points of the key's window, atomically: one, or the weight of what is asked for; at most a whole window's, so that
   * nothing is too dear ever to be had. A weight of 0 takes none and only looks whether one is left. What is refused uses up
   * what was left.
   * @throws Problem 429 `rate-limited` with the seconds to wait.
   */
  take(name: LimitName, key: string, weight?: number): Promise<LimitState>;
  /** The same as a question: false when there are too few points left. For what must look alike to the caller. */
  allows(name: LimitName, key: string, weight?: number): Promise<boolean>;
  /** The same for what {@link countLua} has taken on the way. */
  taken(name: LimitName, count: Count): LimitState;
  /** How {@link countLua} is asked to take points: the words of its one key and its values. */
  asked(name: LimitName, key: string, weight: number): CountWords;
};

/** What is taken of a window by now, and the milliseconds until it ends. */
export type Count = readonly [consumed: number, endsInMs: number];
export type CountWords = readonly [key: string, points: string, windowS: string];

const whom: Record<LimitKey, string> = {
  account: 'for this account',
  address: 'from this network address',
  device: 'from this device',
  recipient: 'for this recipient',
  'account and address': 'for this account from this network address',
  'account and device': 'for this account from this device',
  'account or address': 'from here',
};

/** A rate-limited call also says how the limit stands, so that the headers can. */
export class RateLimited extends Problem {
  readonly state: LimitState;
  constructor(state: LimitState) {
    super('rate-limited', {
      detail: `Too many calls ${whom[ruleOf(state.name).by]}. Try again in ${state.resetS} s.`,
      retryAfterS: state.resetS,
      internal: `limit ${state.name} reached`,
    });
    this.state = state;
  }
}

/**
 * Counts over all nodes where there is a Redis; while it is away, and without one, in this node's memory.
 * @param onHit told of each refusal, for the metrics.
 */
export function createLimiter(
  overrides: LimitOverrides,
  redis: Redis | null = null,
  onHit: (name: LimitName) => void = () => {},
): Limiter {
  const limiters = new Map<LimitName, { limit: Limit; limiter: RateLimiterAbstract }>();
  const store = redis === null ? null : storeOf(redis);
  const limiterFor = (name: LimitName) => {
    let found = limiters.get(name);
    if (found === undefined) {
      const limit = overrides[name] ?? ruleOf(name);
      found = { limit, limiter: openLimiter(name, limit, store) };
      limiters.set(name, found);
    }
    return found;
  };
  async function take(name: LimitName, key: string, weight = 1): Promise<LimitState> {
    const { limit, limiter } = limiterFor(name);
    let isLeft = true;
    let result: RateLimiterRes;
    try {
      result = await limiter.consume(store === null ? key : nameInRedis(key), Math.min(weight, limit.points));
    } catch (refusal) {
      // The library throws it.
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      [isLeft, result] = [false, refusal];
    }
    const state = stateOf(name, limit, result.remainingPoints, result.msBeforeNext);
    return isLeft && (weight > 0 || state.remaining > 0) ? state : refuse(state);
  }
  const refuse = (state: LimitState): never => {
    onHit(state.name);
    throw new RateLimited(state);
  };
  return {
    take,
    taken: (name, [consumed, endsInMs]) => {
      const { limit } = limiterFor(name);
      const state = stateOf(name, limit, limit.points - consumed, endsInMs);
      return consumed <= limit.points ? state : refuse(state);
    },
    asked: (name, key, weight) => {
      const { points, windowS } = limiterFor(name).limit;
      return [`${prefixOf(name)}:${nameInRedis(key)}`, String(Math.min(weight, points)), String(windowS)];
    },
    allows: (name, key, weight) =>
      take(name, key, weight).then(
        () => true,
        (error) => {
          if (error instanceof RateLimited) return false;
          throw error;
        },
      ),
  };
}

type Store = {
  defineCommand(name: string, script: { lua: string }): void;
  rlflxIncr(words: string[]): Promise<unknown>;
};

function openLimiter(name: LimitName, { points, windowS }: Limit, store: Store | null): RateLimiterAbstract {
  const options = { keyPrefix: prefixOf(name), points, duration: windowS };
  const memory = new MemoryLimiter(options);
  if (store === null) return memory;
  const inRedis = { storeClient: store, customIncrTtlLuaScript: countLua, insuranceLimiter: memory };
  return new RateLimiterRedis({ ...options, ...inRedis });
}

/** A look keeps nothing of who looked: a flood of tries that are only looked at must not fill the memory. */
class MemoryLimiter extends RateLimiterMemory {
  override consume(key: string | number, points = 1): Promise<RateLimiterRes> {
    return points > 0 ? super.consume(key, points) : this.#look(key);
  }

  async #look(key: string | number): Promise<RateLimiterRes> {
    return (await this.get(key)) ?? new RateLimiterRes(this.points, 0, 0);
  }
}

/**
 * The same in Redis: no points are a look. The rest is the library's own script without the SET NX that it begins with: that a key is new
 * is what PTTL says, too, and three commands instead of four take Redis a fifth less. It may be a part of another script, for whoever asks
 * Redis for something else of the same account.
 * @returns a {@link Count}.
 */
export const countLua = `if ARGV[1] == '0' then
  return {tonumber(redis.call('get', KEYS[1]) or '0'), math.max(redis.call('pttl', KEYS[1]), 0)}
end
local consumed, ttl = redis.call('incrby', KEYS[1], ARGV[1]), redis.call('pttl', KEYS[1])
if ttl == -1 then
  redis.call('expire', KEYS[1], ARGV[2])
  ttl = 1000 * ARGV[2]
end
return {consumed, ttl}
`;

/** As much of a client as the limiter needs, behind the circuit breaker: its one script, atomic in the server. */
function storeOf(redis: Redis): Store {
  let count: ReturnType<Redis['script']> | undefined;
  return {
    defineCommand: (name, { lua }) => {
      count ??= redis.script(name, lua);
    },
    rlflxIncr: async ([key = '', ...values]) => {
      if (count === undefined) throw new Error('The limiter did not define its script.');
      return count(key, ...values);
    },
  };
}

const prefixOf = (name: LimitName) => `openward:limit:${name}`;

/**
 * Redis is not to hold addresses of people and machines; nor keys as long as a caller likes. Ids are neither; in braces, so that in a cluster
 * what is kept of an account lies in one slot.
 */
function nameInRedis(key: string): string {
  return id.test(key) ? `{${key}}` : hash('sha256', key, 'base64url');
}

const id = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function stateOf(name: LimitName, limit: Limit, remaining: number, endsInMs: number): LimitState {
  return { name, limit, remaining: Math.max(0, remaining), resetS: Math.max(1, Math.ceil(endsInMs / 1000)) };
}

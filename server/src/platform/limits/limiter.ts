import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { limits as defaults, type Limit, type LimitName, type LimitOverrides } from '../../limits.ts';
import { Problem } from '../problem.ts';
import type { Redis } from '../redis/connect.ts';

/** How a limit stands for one key after a call, for the RateLimit headers. */
export type LimitState = { name: LimitName; limit: Limit; remaining: number; resetS: number };

export type Limiter = {
  /**
   * Takes one point of the key's window, atomically.
   * @throws Problem 429 `rate-limited` with the seconds to wait.
   */
  take(name: LimitName, key: string): Promise<LimitState>;
  /** The same as a question: false when there are no points left. For what must look alike to the caller. */
  allows(name: LimitName, key: string): Promise<boolean>;
};

/** A rate-limited call also says how the limit stands, so that the headers can. */
export class RateLimited extends Problem {
  readonly state: LimitState;
  constructor(state: LimitState) {
    super('rate-limited', {
      detail: `Too many calls. Try again in ${state.resetS} s.`,
      retryAfterS: state.resetS,
      internal: `limit ${state.name} reached`,
    });
    this.state = state;
  }
}

/** Counts over all nodes where there is a Redis; while it is away, and without one, in this node's memory. */
export function createLimiter(overrides: LimitOverrides, redis: Redis | null = null): Limiter {
  const limiters = new Map<LimitName, { limit: Limit; limiter: RateLimiterAbstract }>();
  const store = redis === null ? null : storeOf(redis);
  const limiterFor = (name: LimitName) => {
    let found = limiters.get(name);
    if (found === undefined) {
      const limit = overrides[name] ?? defaults[name];
      found = { limit, limiter: openLimiter(name, limit, store) };
      limiters.set(name, found);
    }
    return found;
  };
  async function take(name: LimitName, key: string): Promise<LimitState> {
    const { limit, limiter } = limiterFor(name);
    try {
      return stateOf(name, limit, await limiter.consume(store === null ? key : digest(key)));
    } catch (error) {
      if (error instanceof RateLimiterRes) throw new RateLimited(stateOf(name, limit, error));
      throw error;
    }
  }
  return {
    take,
    allows: (name, key) =>
      take(name, key).then(
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
  const options = { keyPrefix: `openward:limit:${name}`, points, duration: windowS };
  const memory = new RateLimiterMemory(options);
  return store === null ? memory : new RateLimiterRedis({ ...options, storeClient: store, insuranceLimiter: memory });
}

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

/** Redis is not to hold addresses of people and machines; nor keys as long as a caller likes. */
function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

function stateOf(name: LimitName, limit: Limit, result: RateLimiterRes): LimitState {
  return {
    name,
    limit,
    remaining: Math.max(0, result.remainingPoints),
    resetS: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
  };
}

/** The key of an address: an IPv4-mapped one as IPv4, IPv6 by its /64, since that is what one subscriber holds. */
export function addressKey(ip: string): string {
  if (!ipaddr.isValid(ip)) return 'unknown';
  const address = ipaddr.process(ip);
  if (!(address instanceof ipaddr.IPv6)) return address.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/64`).toString()}/64`;
}

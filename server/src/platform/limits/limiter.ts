import ipaddr from 'ipaddr.js';
import { type IRateLimiterOptions, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { limits as defaults, type Limit, type LimitName, type LimitOverrides } from '../../limits.ts';
import { Problem } from '../problem.ts';

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

export function createLimiter(overrides: LimitOverrides): Limiter {
  const limiters = new Map<LimitName, { limit: Limit; limiter: RateLimiterMemory }>();
  const limiterFor = (name: LimitName) => {
    let found = limiters.get(name);
    if (found === undefined) {
      const limit = overrides[name] ?? defaults[name];
      const options: IRateLimiterOptions = { keyPrefix: name, points: limit.points, duration: limit.windowS };
      found = { limit, limiter: new RateLimiterMemory(options) };
      limiters.set(name, found);
    }
    return found;
  };
  async function take(name: LimitName, key: string): Promise<LimitState> {
    const { limit, limiter } = limiterFor(name);
    try {
      return stateOf(name, limit, await limiter.consume(key));
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

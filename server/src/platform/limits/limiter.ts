import { hash } from 'node:crypto';
import { RateLimiterMemory } from 'rate-limiter-flexible';
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
};

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
  const counts = new Map<LimitName, { limit: Limit; count: Count }>();
  const shared = redis?.script('openwardCount', countScript);
  const countOf = (name: LimitName) => {
    let found = counts.get(name);
    if (found === undefined) {
      const limit = overrides[name] ?? ruleOf(name);
      const here = countHere(limit);
      found = { limit, count: shared === undefined ? here : countShared(name, limit, shared, here) };
      counts.set(name, found);
    }
    return found;
  };
  async function take(name: LimitName, key: string, weight = 1): Promise<LimitState> {
    const { limit, count } = countOf(name);
    const { taken, endsInMs } = await count(key, Math.min(weight, limit.points));
    const resetS = Math.max(1, Math.ceil(endsInMs / 1000));
    const state = { name, limit, remaining: Math.max(0, limit.points - taken), resetS };
    if (weight > 0 ? taken <= limit.points : taken < limit.points) return state;
    onHit(name);
    throw new RateLimited(state);
  }
  return {
    take,
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

/** Takes points of a key's window, which begins with the first; 0 only look. @returns what the window has taken with them. */
type Count = (key: string, points: number) => Promise<{ taken: number; endsInMs: number }>;

function countHere({ points, windowS }: Limit): Count {
  const memory = new RateLimiterMemory({ points, duration: windowS });
  return async (key, weight) => {
    // A look keeps nothing of who looked: a flood of tries that are only looked at must not fill the memory.
    const state = weight === 0 ? await memory.get(key) : await memory.penalty(key, weight);
    return { taken: state?.consumedPoints ?? 0, endsInMs: state?.msBeforeNext ?? 0 };
  };
}

const countScript = `
if ARGV[1] == '0' then
  return { tonumber(redis.call('GET', KEYS[1]) or '0'), math.max(redis.call('PTTL', KEYS[1]), 0) }
end
local taken = redis.call('INCRBY', KEYS[1], ARGV[1])
local ttl = redis.call('PTTL', KEYS[1])
if ttl < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  ttl = tonumber(ARGV[2])
end
return { taken, ttl }`;

function countShared(name: LimitName, { windowS }: Limit, script: ReturnType<Redis['script']>, here: Count): Count {
  const windowMs = String(windowS * 1000);
  return async (key, weight) => {
    const hidden = digest(key);
    try {
      const [taken, endsInMs] = (await script(
        `openward:limit:${name}:${hidden}`,
        String(weight),
        windowMs,
      )) as number[];
      if (taken !== undefined && endsInMs !== undefined) return { taken, endsInMs };
    } catch {
      // Redis is away, or refused what is in the key.
    }
    return here(hidden, weight);
  };
}

/** Redis is not to hold addresses of people and machines; nor keys as long as a caller likes. */
function digest(key: string): string {
  return hash('sha256', key, 'base64url');
}

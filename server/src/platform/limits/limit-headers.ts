import { ruleOf } from '../../limits.ts';
import type { Limiter, LimitState } from './limiter.ts';

/**
 * RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10): lists of structured fields (RFC 9651), here of one
 * item each, a String with parameters. `q` points in `w` seconds; `r` left, `t` seconds until there are more.
 */
export function limitHeaders({ name, limit, remaining, resetS }: LimitState): Record<string, string> {
  return {
    'ratelimit-policy': `"${name}";q=${limit.points};w=${limit.windowS}`,
    ratelimit: `"${name}";r=${remaining};t=${resetS}`,
  };
}

/**
 * The limits of one call. Whatever it takes, here or in its use case, `show` is told of the tightest: that with the fewest points
 * left. Questions (`allows`, a weight of 0) and what the table calls unsaid are no business of the caller's.
 */
export function limitsOfCall(limits: Limiter, show: (tightest: LimitState) => void): Limiter {
  let tightest: LimitState | undefined;
  return {
    allows: limits.allows,
    take: async (name, key, weight = 1) => {
      const state = await limits.take(name, key, weight);
      if (weight > 0 && ruleOf(name).unsaid === undefined && state.remaining < (tightest?.remaining ?? Infinity)) {
        tightest = state;
        show(state);
      }
      return state;
    },
  };
}

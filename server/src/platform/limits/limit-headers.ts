import { type Limit, type LimitName, ruleOf } from '../../limits.ts';
import type { Count, CountWords, Limiter, LimitState } from './limiter.ts';

/**
 * RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10): lists of structured fields (RFC 9651), here of one
 * item each, a String with parameters. `q` points in `w` seconds; `r` left, `t` seconds until there are more.
 */
export function limitHeaders({ name, limit, remaining, resetS }: LimitState): Record<string, string> {
  let policy = policies.get(name);
  if (policy?.limit !== limit) {
    policy = { limit, text: `"${name}";q=${limit.points};w=${limit.windowS}` };
    policies.set(name, policy);
  }
  return { 'ratelimit-policy': policy.text, ratelimit: `"${name}";r=${remaining};t=${resetS}` };
}

/** A limit is the same as long as a node runs. */
const policies = new Map<LimitName, { limit: Limit; text: string }>();

/**
 * The limits of one call. Whatever it takes, here or in its use case, `show` is told of the tightest: that with the fewest points
 * left. Questions (`allows`, a weight of 0) and what the table calls unsaid are no business of the caller's.
 */
export class CallLimits implements Limiter {
  readonly #limits: Limiter;
  readonly #show: (tightest: LimitState) => void;
  #tightest: LimitState | undefined;

  constructor(limits: Limiter, show: (tightest: LimitState) => void) {
    this.#limits = limits;
    this.#show = show;
  }

  async take(name: LimitName, key: string, weight = 1): Promise<LimitState> {
    const state = await this.#limits.take(name, key, weight);
    if (weight > 0) this.#note(state);
    return state;
  }

  taken(name: LimitName, count: Count): LimitState {
    const state = this.#limits.taken(name, count);
    this.#note(state);
    return state;
  }

  asked(name: LimitName, key: string, weight: number): CountWords {
    return this.#limits.asked(name, key, weight);
  }

  allows(name: LimitName, key: string, weight?: number): Promise<boolean> {
    return this.#limits.allows(name, key, weight);
  }

  #note(state: LimitState): void {
    if (ruleOf(state.name).unsaid !== undefined || state.remaining >= (this.#tightest?.remaining ?? Infinity)) return;
    this.#tightest = state;
    this.#show(state);
  }
}

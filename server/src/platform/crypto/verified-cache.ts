import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Remembers what verified, so that a token costs its signature once and a hash from then on. */
export type VerifiedCache<C> = {
  /** The claims of `token`: remembered, or from `verify`, whose failures are not remembered. */
  through(token: string, verify: () => Promise<C>): Promise<C>;
  /** The claims of `token` if they are remembered: at once, as nearly every call has it. */
  find(token: string): C | null;
  /** Whether `token` is remembered: it has not run out. */
  has(token: string): boolean;
};

/** A token past this many characters is not worth hashing; the validator refuses it by its length. */
const HASHED_LIMIT_CHARS = 4096;

/** One byte for each of the hash: a key is kept for every token. */
const keyOf = (token: string) => hash('sha256', token, 'binary');

/**
 * A bounded cache of verified tokens, the least recently used going first. It is keyed by SHA-256, so that the process keeps no
 * usable token, and holds claims only: whether the session still lives is asked on each request. The expiry is compared on each
 * hit, and a change of `generation` (other keys) empties it.
 */
export function createVerifiedCache<C extends { readonly exp: number }>(options: {
  size: number;
  now: () => Date;
  generation: () => number;
}): VerifiedCache<C> {
  const entries = new LRUCache<string, C>({ max: options.size });
  let filledIn = options.generation();

  const isAsked = (token: string) => token.length <= HASHED_LIMIT_CHARS && options.generation() === filledIn;
  const valid = (claims: C | undefined) =>
    claims !== undefined && options.now().getTime() < claims.exp * 1000 ? claims : null;

  return {
    find: (token) => (isAsked(token) ? valid(entries.get(keyOf(token))) : null),
    has: (token) => isAsked(token) && valid(entries.peek(keyOf(token))) !== null,
    async through(token, verify) {
      const generation = options.generation();
      if (generation !== filledIn) {
        entries.clear();
        filledIn = generation;
      }
      if (typeof token !== 'string' || token.length > HASHED_LIMIT_CHARS) return verify();

      const key = keyOf(token);
      const remembered = valid(entries.get(key));
      if (remembered !== null) return remembered;
      entries.delete(key);
      const claims = Object.freeze(await verify());
      // Keys that changed meanwhile may have taken the one that this was verified with.
      if (options.generation() === filledIn && generation === filledIn) entries.set(key, claims);
      return claims;
    },
  };
}

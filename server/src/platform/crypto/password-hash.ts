import { createHmac, randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash as bcryptHash, verify as bcryptVerify, genSaltSync } from '@node-rs/bcrypt';
import type { KeyRing, Pepper } from './key-ring.ts';

/** Too many passwords wait already. The caller may come back after `retryAfterS` seconds. */
export class PasswordQueueFullError extends Error {
  readonly retryAfterS: number;

  constructor(retryAfterS: number) {
    super('Too many passwords are waiting to be hashed');
    this.name = 'PasswordQueueFullError';
    this.retryAfterS = retryAfterS;
  }
}

/** Hashes and verifies passwords. All but `needsRehash` reject with {@link PasswordQueueFullError} when too many wait. */
export type PasswordHasher = {
  /** The form to store: `v1$<kid of the pepper>$<bcrypt>`. */
  hash(password: string): Promise<string>;
  /** `stored` null: there is no such account. That takes as long as a wrong password and is false. */
  verify(password: string, stored: string | null): Promise<boolean>;
  /** Whether `stored` was made with another cost, pepper or form than new ones; after a good login, hash again. */
  needsRehash(stored: string): boolean;
  /** For who will need one hashed or verified, before anything else is done for them. @throws {@link PasswordQueueFullError} */
  refuseWhenFull(): void;
};

const FORM = 'v1';
const STORED_SHAPE = /^v1\$([A-Za-z0-9_-]{1,100})\$(\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53})$/;
const DIGEST_CHARS = 31;
/** Node's default UV_THREADPOOL_SIZE. bcrypt runs there, beside file reads, DNS and the token signatures. */
const THREAD_POOL_SIZE = 4;
const FIRST_GUESS_MS = 250;

/**
 * Passwords are brought to NFKC, keyed with HMAC-SHA-384 and the pepper, and hashed with bcrypt.
 *
 * bcrypt cuts at 72 bytes and at a NUL; the HMAC in base64 is 64 characters without one, so every character of a long password
 * counts, and a stolen database cannot be tried without the pepper (ASVS 5.0 V11.4; OWASP Password Storage, "Pre-hashing").
 *
 * At most `maxConcurrent` hashes run and `maxWaiting` wait: bcrypt at cost 12 holds a pool thread for about 0.2 s.
 */
export function createPasswordHasher(options: {
  keys: KeyRing;
  /** BCRYPT_COST, 4 to 31: the binary logarithm of the rounds. */
  cost: number;
  /** Default: one less than the cores and than Node's four pool threads, at least 1. */
  maxConcurrent?: number;
  /** Default 40. */
  maxWaiting?: number;
}): PasswordHasher {
  const { keys, cost } = options;
  const slots = createSlots(
    options.maxConcurrent ?? Math.max(1, Math.min(availableParallelism(), THREAD_POOL_SIZE) - 1),
    options.maxWaiting ?? 40,
  );
  // A well-formed hash that no password has. Made without hashing, so that it is there from the first call.
  const dummy = genSaltSync({ cost }) + '.'.repeat(DIGEST_CHARS);
  const dummyInput = randomBytes(48).toString('base64');

  return {
    hash: (password) =>
      slots.run(async () => {
        const pepper = keys.pepper.current;
        return `${FORM}$${pepper.kid}$${await bcryptHash(keyed(password, pepper), { cost })}`;
      }),
    verify: async (password, stored) => {
      const parsed = stored === null ? null : parse(stored);
      const pepper = parsed === null ? keys.pepper.current : keys.pepper.find(parsed.pepperKid);
      if (pepper === undefined) {
        throw new Error(
          `A password hash needs the pepper ${parsed?.pepperKid}, which KEYS_DIR does not hold: restore it`,
        );
      }
      // The same work on both ways, the HMAC too; only then the answer is dropped.
      const input = keyed(password, pepper);
      const matches = await slots.run(async () => {
        const good = await bcryptVerify(parsed === null ? dummyInput : input, parsed?.bcrypt ?? dummy);
        // A hash of an earlier, lower cost is compared sooner than none: what is missing is done as well, or the time would tell a known address.
        for (let lower = parsed?.cost ?? cost; !good && lower < cost; lower += 1)
          await bcryptVerify(dummyInput, genSaltSync({ cost: lower }) + '.'.repeat(DIGEST_CHARS));
        return good;
      });
      return parsed !== null && matches;
    },
    refuseWhenFull: slots.refuseWhenFull,
    needsRehash: (stored) => {
      const parsed = parse(stored);
      return parsed.cost !== cost || parsed.pepperKid !== keys.pepper.current.kid;
    },
  };
}

function keyed(password: string, pepper: Pepper): string {
  return createHmac('sha384', pepper.key).update(password.normalize('NFKC'), 'utf8').digest('base64');
}

function parse(stored: string): { pepperKid: string; bcrypt: string; cost: number } {
  const [, pepperKid, bcrypt, cost] = STORED_SHAPE.exec(stored) ?? [];
  if (pepperKid === undefined || bcrypt === undefined || cost === undefined) {
    throw new Error('A stored password hash is not of the form v1$<pepper>$<bcrypt>');
  }
  return { pepperKid, bcrypt, cost: Number(cost) };
}

/** First come, first served, with an end to the queue. */
function createSlots(
  maxConcurrent: number,
  maxWaiting: number,
): { run<T>(work: () => Promise<T>): Promise<T>; refuseWhenFull(): void } {
  const waiting: (() => void)[] = [];
  let running = 0;
  let typicalMs = FIRST_GUESS_MS;

  const refuseWhenFull = () => {
    if (running < maxConcurrent || waiting.length < maxWaiting) return;
    throw new PasswordQueueFullError(Math.max(1, Math.ceil((waiting.length * typicalMs) / maxConcurrent / 1000)));
  };
  return {
    refuseWhenFull,
    async run(work) {
      if (running >= maxConcurrent) {
        refuseWhenFull();
        // Whoever finishes hands its place over, so `running` does not change for one that waited.
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else {
        running += 1;
      }
      const startedMs = performance.now();
      try {
        return await work();
      } finally {
        typicalMs += (performance.now() - startedMs - typicalMs) / 8;
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}

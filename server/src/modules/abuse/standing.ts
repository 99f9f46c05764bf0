import { createHash } from 'node:crypto';
import type { Redis } from '#platform/redis/connect.ts';

/** So old an account must be to speak for its address: a burst of new ones speaks for nobody. */
const leastAgeMs = 24 * 3_600_000;
/** So long after its last call an account still speaks for an address. */
const memoryMs = 24 * 3_600_000;
/** With so many accounts in good standing a score weighs a tenth; more change nothing. */
export const enough = 45;
const accountsForHalf = 5;
const toldAgainMs = 10 * 60_000;
const maxAddresses = 10_000;

/** Remembers one account behind an address, the latest 64 at most, and says how many there are. */
const standingScript = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
if ARGV[1] ~= '' then
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -65)
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return redis.call('ZCARD', KEYS[1])`;

/** What a node knows of an address: who called here and when, and how many Redis last knew of. */
type Neighbours = { calledAtMs: Map<string, number>; shared: number; sharedAtMs: number };

/** How many accounts in good standing are behind an address: what one stranger does there is not to be held against a clinic. */
export class Standing {
  readonly #byAddress = new Map<string, Neighbours>();
  readonly #tell: ((key: string, ...values: string[]) => Promise<unknown>) | null;

  constructor(redis: Redis | null) {
    this.#tell = redis?.script('openwardStanding', standingScript) ?? null;
  }

  /** An account that nothing is held against has called from there. Costs two look-ups in memory, and Redis a command in ten minutes. */
  seen(address: string, accountId: string, nowMs: number): void {
    const { calledAtMs } = this.#at(address);
    const lastMs = calledAtMs.get(accountId);
    if (lastMs !== undefined && Math.abs(nowMs - lastMs) < toldAgainMs) return;
    if (nowMs - createdAtMs(accountId) < leastAgeMs) return;
    if (lastMs === undefined && !makeRoom(calledAtMs, nowMs)) return;
    // Put at the end, so that the map is in the order of calls.
    calledAtMs.delete(accountId);
    calledAtMs.set(accountId, nowMs);
    void this.#ask(address, digest(accountId), nowMs).then((isTold) => {
      // The next call tells it again.
      if (!isTold) calledAtMs.set(accountId, nowMs - toldAgainMs);
    });
  }

  /** While Redis does not answer, what it last said stands, for as long as an account would. */
  async count(address: string, nowMs: number): Promise<number> {
    await this.#ask(address, '', nowMs);
    const { calledAtMs, shared, sharedAtMs } = this.#at(address);
    const here = [...calledAtMs.values()].filter((atMs) => nowMs - atMs < memoryMs).length;
    return Math.min(enough, Math.max(here, nowMs - sharedAtMs < memoryMs ? shared : 0));
  }

  #at(address: string): Neighbours {
    const found = this.#byAddress.get(address);
    if (found !== undefined) return found;
    const [oldest] = this.#byAddress.keys();
    if (this.#byAddress.size >= maxAddresses && oldest !== undefined) this.#byAddress.delete(oldest);
    const fresh = { calledAtMs: new Map<string, number>(), shared: 0, sharedAtMs: 0 };
    this.#byAddress.set(address, fresh);
    return fresh;
  }

  /** @returns false when there is a Redis and it did not answer. */
  async #ask(address: string, member: string, nowMs: number): Promise<boolean> {
    if (this.#tell === null) return true;
    const values = [member, nowMs, nowMs - memoryMs, memoryMs].map(String);
    const count = Number(
      await this.#tell(`openward:abuse:standing:${digest(address)}`, ...values).catch(() => Number.NaN),
    );
    if (Number.isNaN(count)) return false;
    Object.assign(this.#at(address), { shared: count, sharedAtMs: nowMs });
    return true;
  }
}

/** A score as it weighs with so many good accounts behind the address: half with five, a tenth with 45. */
export function weigh(score: number, goodAccounts: number): number {
  return Math.floor(score / (1 + goodAccounts / accountsForHalf));
}

function makeRoom(accounts: Map<string, number>, nowMs: number): boolean {
  if (accounts.size < enough) return true;
  const [[accountId, atMs] = ['', nowMs]] = accounts;
  return nowMs - atMs >= memoryMs && accounts.delete(accountId);
}

/** The time in a UUIDv7 (RFC 9562, 5.7). */
function createdAtMs(id: string): number {
  return Number.parseInt(id.replace('-', '').slice(0, 12), 16);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

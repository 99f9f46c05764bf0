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

/** How many accounts in good standing are behind an address: what one stranger does there is not to be held against a clinic. */
export class Standing {
  readonly #byAddress = new Map<string, Map<string, number>>();
  readonly #tell: ((key: string, ...values: string[]) => Promise<unknown>) | null;

  constructor(redis: Redis | null) {
    this.#tell = redis?.script('openwardStanding', standingScript) ?? null;
  }

  /** An account that nothing is held against has called from there. Costs two look-ups in memory, and Redis a command in ten minutes. */
  seen(address: string, accountId: string, nowMs: number): void {
    const accounts = this.#byAddress.get(address) ?? this.#open(address);
    const lastMs = accounts.get(accountId);
    if (lastMs !== undefined && Math.abs(nowMs - lastMs) < toldAgainMs) return;
    if (nowMs - createdAtMs(accountId) < leastAgeMs) return;
    if (lastMs === undefined && !makeRoom(accounts, nowMs)) return;
    // Put at the end, so that the map is in the order of calls.
    accounts.delete(accountId);
    accounts.set(accountId, nowMs);
    void this.#ask(address, digest(accountId), nowMs);
  }

  async count(address: string, nowMs: number): Promise<number> {
    let here = 0;
    for (const atMs of this.#byAddress.get(address)?.values() ?? []) if (nowMs - atMs < memoryMs) here += 1;
    return Math.min(enough, Math.max(here, await this.#ask(address, '', nowMs)));
  }

  #open(address: string): Map<string, number> {
    const [oldest] = this.#byAddress.keys();
    if (this.#byAddress.size >= maxAddresses && oldest !== undefined) this.#byAddress.delete(oldest);
    const accounts = new Map<string, number>();
    this.#byAddress.set(address, accounts);
    return accounts;
  }

  async #ask(address: string, member: string, nowMs: number): Promise<number> {
    if (this.#tell === null) return 0;
    const values = [member, nowMs, nowMs - memoryMs, memoryMs].map(String);
    const count = await this.#tell(`openward:abuse:standing:${digest(address)}`, ...values).catch(() => 0);
    return Number.isFinite(Number(count)) ? Number(count) : 0;
  }
}

function makeRoom(accounts: Map<string, number>, nowMs: number): boolean {
  if (accounts.size < enough) return true;
  const [[accountId, atMs] = ['', nowMs]] = accounts;
  return nowMs - atMs >= memoryMs && accounts.delete(accountId);
}

/** A score as it weighs with so many good accounts behind the address: half with five, a tenth with 45. */
export function weigh(score: number, goodAccounts: number): number {
  return Math.floor(score / (1 + goodAccounts / accountsForHalf));
}

/** The time in a UUIDv7 (RFC 9562, 5.7). */
function createdAtMs(id: string): number {
  return Number.parseInt(id.replace('-', '').slice(0, 12), 16);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

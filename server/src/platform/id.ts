import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const bytes = 16;

/** A new UUIDv7 (RFC 9562): sorts by its time of making, so that indexes on it stay dense. */
export function newId(): string {
  return v7();
}

/** Many at once, for what is written together: their random bits are asked for together. Among them the order is any. */
export function newIds(count: number): string[] {
  const random = randomFillSync(new Uint8Array(count * bytes));
  return Array.from({ length: count }, (_, place) =>
    v7({ random: random.subarray(place * bytes, (place + 1) * bytes) }),
  );
}

const pool = new Uint8Array(256 * bytes);
let used = pool.length;

/** For what needs no order within a millisecond, as calls and messages: asking for random bytes each time is most of what an id costs. */
export function newCallId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return v7({ random: pool.subarray(used - bytes, used) });
}

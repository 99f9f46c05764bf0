import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

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

const bytes = 16;

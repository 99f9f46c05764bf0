import { v7 } from 'uuid';

/** A new UUIDv7 (RFC 9562): sorts by its time of making, so that indexes on it stay dense. */
export function newId(): string {
  return v7();
}

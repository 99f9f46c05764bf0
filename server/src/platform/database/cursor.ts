import { invalidField } from '../problem.ts';

type Key = string | number | null;
/** What a value of a cursor may be; `integer`: as small as a rank or a count of years. */
type Kind = 'text' | 'number' | 'integer' | 'id' | 'time';
type Keys<T extends readonly Kind[]> = { [I in keyof T]: T[I] extends 'number' | 'integer' ? number : string };

/** The sort values of a page's last row → the opaque `nextCursor`. */
export function encodeCursor(keys: Key[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url');
}

/**
 * The reverse. `kinds` says what each value must be, so that a cursor out of another list is refused.
 * @throws Problem 400 naming `cursor`.
 */
export function decodeCursor<const T extends readonly Kind[]>(cursor: string | undefined, kinds: T): Keys<T> | null {
  if (cursor === undefined) return null;
  const values = parse(cursor);
  if (values === null || values.length !== kinds.length || !kinds.every((kind, index) => fits(kind, values[index]))) {
    throw invalidField('cursor', 'format', 'Use the nextCursor of the page before, as it is.');
  }
  return values as Keys<T>;
}

function parse(cursor: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Whatever passes is taken by Postgres: a cursor is a caller's text like any other. */
function fits(kind: Kind, value: unknown): boolean {
  if (kind === 'number') return typeof value === 'number' && Number.isFinite(value);
  if (kind === 'integer') return Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 15;
  if (typeof value !== 'string' || value.includes('\0')) return false;
  if (kind === 'id') return uuid.test(value);
  return kind === 'time' ? time.test(value) && isRealTime(value) : true;
}

/** No 30th of February, no year 0. */
function isRealTime(text: string): boolean {
  const date = new Date(text);
  return !Number.isNaN(date.getTime()) && date.getUTCFullYear() >= 1 && date.toISOString() === text;
}

/** Cuts the one row too many that a list query fetched, and makes the cursor out of the last that stays. */
export function toPage<R, I>(
  rows: R[],
  limit: number,
  keysOf: (row: R) => Key[],
  view: (row: R) => I,
): { items: I[]; nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map(view),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keysOf(last)) : null,
  };
}

import type { DoctorSort } from '@openward/contracts';
import { type SQL, sql } from 'drizzle-orm';
import { doctors } from './tables.ts';

type Key = 'score' | 'experienceYears' | 'nameKey' | 'createdAt';

export type Order = {
  /** What is sorted by, and what its cursor holds. The id makes every order total. */
  key: Key;
  value: SQL;
  direction: SQL;
  by: SQL;
  kind: 'number' | 'integer' | 'text' | 'time';
  /** Continues behind a cursor. */
  after(value: unknown, id: unknown): SQL;
};

type Parts = { key: Key; type: string; kind: Order['kind'] };

const falling = (parts: Parts) => orderOf(parts, sql`DESC`, sql`<`);
const rising = (parts: Parts) => orderOf(parts, sql`ASC`, sql`>`);

function orderOf({ key, type, kind }: Parts, direction: SQL, behind: SQL): Order {
  const value = sql`${doctors[key]}`;
  const id = sql`${doctors.accountId}`;
  const by = sql`${value} ${direction}, ${id} ${direction}`;
  const after: Order['after'] = (at, atId) => sql`(${value}, ${id}) ${behind} (${at}::${sql.raw(type)}, ${atId}::uuid)`;
  return { key, value, direction, by, kind, after };
}

export const orders: Record<DoctorSort, Order> = {
  rating: falling({ key: 'score', type: 'float8', kind: 'number' }),
  experience: falling({ key: 'experienceYears', type: 'int', kind: 'integer' }),
  name: rising({ key: 'nameKey', type: 'text', kind: 'text' }),
  newest: falling({ key: 'createdAt', type: 'timestamptz', kind: 'time' }),
};

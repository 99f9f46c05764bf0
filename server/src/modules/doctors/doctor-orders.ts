import type { DoctorSort } from '@openward/contracts';
import { type SQL, sql } from 'drizzle-orm';
import { doctors } from './tables.ts';
import type { ShownDoctor } from './view.ts';

export type Order = {
  /** What is sorted by. The id makes every order total. */
  value: SQL;
  direction: SQL;
  by: SQL;
  kind: 'number' | 'integer' | 'text' | 'time';
  /** Continues behind a cursor. */
  after(value: unknown, id: unknown): SQL;
  /** What its cursor holds. */
  key(row: ShownDoctor): string | number;
};

type Parts = { value: SQL; type: string; kind: Order['kind']; key: Order['key'] };

const falling = (parts: Parts) => orderOf(parts, sql`DESC`, sql`<`);
const rising = (parts: Parts) => orderOf(parts, sql`ASC`, sql`>`);

function orderOf({ value, type, kind, key }: Parts, direction: SQL, behind: SQL): Order {
  const id = sql`${doctors.accountId}`;
  const by = sql`${value} ${direction}, ${id} ${direction}`;
  const after: Order['after'] = (at, atId) => sql`(${value}, ${id}) ${behind} (${at}::${sql.raw(type)}, ${atId}::uuid)`;
  return { value, direction, by, kind, after, key };
}

export const orders: Record<DoctorSort, Order> = {
  rating: falling({ value: sql`${doctors.score}`, type: 'float8', kind: 'number', key: (row) => row.score }),
  experience: falling({
    value: sql`${doctors.experienceYears}`,
    type: 'int',
    kind: 'integer',
    key: (row) => row.experienceYears,
  }),
  name: rising({ value: sql`${doctors.nameKey}`, type: 'text', kind: 'text', key: (row) => row.nameKey }),
  newest: falling({
    value: sql`${doctors.createdAt}`,
    type: 'timestamptz',
    kind: 'time',
    key: (row) => row.createdAt,
  }),
};

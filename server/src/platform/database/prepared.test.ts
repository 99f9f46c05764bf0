import { eq, sql, TransactionRollbackError } from 'drizzle-orm';
import {
  alias,
  bigint,
  boolean,
  customType,
  date,
  doublePrecision,
  integer,
  jsonb,
  numeric,
  pgTable,
  smallint,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../../test/eventually.ts';
import { cloneDatabases, silentLog } from '../../../test/harness.ts';
import { recordStatements } from '../../../test/statements.ts';
import { newId } from '../id.ts';
import { bytea, instant } from './columns.ts';
import { type DatabasePool, type Db, openPool } from './connect.ts';
import { prepared } from './prepared.ts';
import { inTurn } from './quick-statement.ts';

const kinds = pgTable('kinds', {
  id: uuid('id').primaryKey(),
  words: text('words').array(),
  whole: integer('whole'),
  small: smallint('small'),
  large: bigint('large', { mode: 'number' }),
  exact: numeric('exact'),
  real: doublePrecision('real'),
  yes: boolean('yes'),
  at: instant('at'),
  day: date('day'),
  bytes: bytea('bytes'),
  document: jsonb('document'),
});

const full = {
  id: newId(),
  words: ['plain', 'with "quotes"', 'NULL', 'a,b', '{}', 'Ł', ''],
  whole: -7,
  small: 3,
  large: 2 ** 53 - 1,
  exact: '12.340',
  real: 0.1,
  yes: false,
  at: '2026-11-29T05:32:08.120Z',
  day: '2024-02-29',
  bytes: Buffer.from([0, 255, 10]),
  document: { list: [1, null, 'Ж'], nested: {} },
};

const creating = sql`CREATE TABLE kinds (id uuid PRIMARY KEY, words text[], whole int, small smallint, large bigint, exact numeric,
      "real" float8, yes boolean, at timestamptz(3), day date, bytes bytea, document jsonb)`;

/** Says no to what it reads. */
const unreadable = customType<{ data: string }>({
  dataType: () => 'text',
  fromDriver: () => {
    throw new Error('not to be read');
  },
});
const spoilt = pgTable('kinds', { id: unreadable('id') });

describe('a prepared statement', () => {
  let pool: DatabasePool;
  beforeAll(async () => {
    pool = openPool({ url: (await cloneDatabases()).main, name: 'main', max: 1, log: silentLog });
    await pool.db.execute(creating);
    await pool.db.insert(kinds).values([full, { id: newId() }]);
  });
  afterAll(() => pool.close());

  const everything = prepared((db) => db.select().from(kinds).orderBy(kinds.id).prepare('everything'));
  const quotient = prepared((db) =>
    db
      .select({ it: sql<number>`100 / ${sql.placeholder('by')}::int`, id: kinds.id })
      .from(kinds)
      .where(eq(kinds.id, sql.placeholder('id')))
      .prepare('quotient'),
  );

  it('reads values of each kind, and those that are not there, as an unprepared one does', async () => {
    const asked = await pool.db.select().from(kinds).orderBy(kinds.id);
    expect(asked[0]).toEqual(full);
    for (let time = 0; time < 3; time += 1) expect(await everything(pool.db).execute()).toEqual(asked);
  });

  it('reads what joined tables bring as an unprepared one does, also where a join finds no row', async () => {
    const [other, third] = [alias(kinds, 'other'), alias(kinds, 'third')];
    const joined = (db: Db) =>
      db
        .select({
          own: kinds,
          other,
          day: third.day,
          mixed: { at: other.at, whole: kinds.whole },
          sum: { of: sql<number>`1 + 1` },
        })
        .from(kinds)
        .leftJoin(other, eq(other.whole, kinds.whole))
        .leftJoin(third, eq(third.id, kinds.id))
        .orderBy(kinds.id);
    const asked = await joined(pool.db);
    expect(asked.map(({ own, other }) => [own.words, other?.words])).toEqual([
      [full.words, full.words],
      [null, undefined],
    ]);
    const statement = prepared((db) => joined(db).prepare('joined'));
    for (let time = 0; time < 3; time += 1) expect(await statement(pool.db).execute()).toEqual(asked);
  });

  it('reads lists of texts as an unprepared one does, whatever is in them', async () => {
    const lists = [
      [],
      ['a'],
      ['a', 'b'],
      ['NULL'],
      ['null', 'ANNULLED'],
      ['{', 'a}b'],
      ['a b', ''],
      ['Ł', "it's"],
      ['"', '\\'],
    ];
    const rows = lists.map((words) => ({ id: newId(), words }));
    const rolledBack = pool.db.transaction(async (tx) => {
      await tx.insert(kinds).values(rows);
      await tx.execute(sql`UPDATE kinds SET words = '{{a,b},{c,d}}' WHERE id = ${full.id}`);
      const read = await everything(tx).execute();
      expect(read.slice(2).map(({ words }) => words)).toEqual(lists);
      expect(read).toEqual(await tx.select().from(kinds).orderBy(kinds.id));
      tx.rollback();
    });
    await expect(rolledBack).rejects.toThrow(TransactionRollbackError);
  });

  it('has its rows described once, not for each call', async () => {
    const described = prepared((db) => db.select({ id: kinds.id }).from(kinds).prepare('described'));
    const client = await pool.pool.connect();
    let times = 0;
    const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
    connection.on('rowDescription', () => {
      times += 1;
    });
    client.release();
    for (let call = 0; call < 3; call += 1) expect(await described(pool.db).execute()).toHaveLength(2);
    expect(times).toBe(1);
  });

  it('fails as PostgreSQL says, and its connection goes on', async () => {
    const divided = quotient(pool.db).execute({ by: 0, id: full.id });
    await expect(divided).rejects.toMatchObject({ cause: { code: '22012' } });
    expect(await quotient(pool.db).execute({ by: 4, id: full.id })).toEqual([{ it: 25, id: full.id }]);
  });

  it('fails when a value cannot be read, and its connection goes on', async () => {
    const reading = prepared((db: Db) => db.select().from(spoilt).prepare('spoilt'));
    await expect(reading(pool.db).execute()).rejects.toMatchObject({ cause: { message: 'not to be read' } });
    expect(await everything(pool.db).execute()).toHaveLength(2);
  });

  it('is part of the transaction that it is asked in', async () => {
    const added = newId();
    const rolledBack = pool.db.transaction(async (tx) => {
      await tx.insert(kinds).values({ id: added });
      expect(await quotient(tx).execute({ by: 2, id: added })).toEqual([{ it: 50, id: added }]);
      await quotient(tx).execute({ by: 0, id: added });
    });
    await expect(rolledBack).rejects.toMatchObject({ cause: { code: '22012' } });
    expect(await quotient(pool.db).execute({ by: 2, id: added })).toEqual([]);
  });

  it('is not sent without a value that it asks for, nor under the name of another', async () => {
    await expect(quotient(pool.db).execute({ by: 1 })).rejects.toThrow('id');
    const other = prepared((db) => db.select({ day: kinds.day }).from(kinds).prepare('everything'));
    await everything(pool.db).execute();
    await expect(other(pool.db).execute()).rejects.toMatchObject({ cause: { message: /called everything/ } });
  });

  it('answers a hundred at once, each with its own', async () => {
    const by = Array.from({ length: 100 }, (_, n) => n + 1);
    const answers = await Promise.all(by.map((n) => quotient(pool.db).execute({ by: n, id: full.id })));
    expect(answers.map(([row]) => row?.it)).toEqual(by.map((n) => Math.trunc(100 / n)));
  });
});

describe('a transaction', () => {
  let pool: DatabasePool;
  let other: DatabasePool;
  let url: string;
  const row = { id: newId(), whole: 0 };
  beforeAll(async () => {
    url = (await cloneDatabases()).main;
    pool = openPool({ url, name: 'main', max: 1, log: silentLog });
    other = openPool({ url, name: 'other', max: 2, log: silentLog });
    await pool.db.execute(creating);
    await pool.db.insert(kinds).values(row);
  });
  afterAll(() => Promise.all([pool.close(), other.close()]));

  const locked = prepared((db) =>
    db
      .select({ id: kinds.id })
      .from(kinds)
      .where(eq(kinds.id, sql.placeholder('id')))
      .for('update')
      .prepare('locked'),
  );
  const added = prepared((db) =>
    db
      .insert(kinds)
      .values({ id: sql.placeholder('id'), whole: sql`1 / ${sql.placeholder('by')}::int` })
      .returning({ id: kinds.id })
      .prepare('added'),
  );
  const count = prepared((db) => db.select({ n: sql<string>`count(*)` }).from(kinds).prepare('count'));

  it('is logged by the handle that asks, whichever was the first', async () => {
    const logged = [pool, other].map(({ db }) => {
      const { session } = db as unknown as { session: { logger: { logQuery(text: string): void } } };
      return vi.spyOn(session.logger, 'logQuery');
    });
    await count(pool.db).execute();
    await count(other.db).execute();
    expect(logged.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    for (const spy of logged) spy.mockRestore();
  });

  it('begins with its first statement, once the connection knows both, and is one all the same', async () => {
    for (const alone of [1, 0, 0]) {
      const recorded = recordStatements(url);
      const rolledBack = pool.db.transaction(async (tx) => {
        await added(tx).execute({ id: newId(), by: 1 });
        expect(await count(tx).execute()).toEqual([{ n: '2' }]);
        tx.rollback();
      });
      await expect(rolledBack).rejects.toThrow(TransactionRollbackError);
      recorded.stop();
      expect(recorded.all().filter(({ text }) => text === 'begin')).toHaveLength(alone);
      expect(await count(pool.db).execute()).toEqual([{ n: '1' }]);
    }
  });

  it('whose first statement fails is over, and one in which nothing is asked is none', async () => {
    const failed = pool.db.transaction((tx) => added(tx).execute({ id: newId(), by: 0 }));
    await expect(failed).rejects.toMatchObject({ cause: { code: '22012' } });
    expect(await pool.db.transaction(async () => 7)).toBe(7);
    expect(await count(pool.db).execute()).toEqual([{ n: '1' }]);
  });

  it('asks two in turn, of which the second sees what was committed while the first waited', async () => {
    for (const id of [newId(), newId(), newId()]) {
      const holding = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const holder = other.db.transaction(async (tx) => {
        await locked(tx).execute({ id: row.id });
        holding.resolve();
        await release.promise;
        await added(tx).execute({ id, by: 1 });
      });
      await holding.promise;
      const before = Number((await count(other.db).execute())[0]?.n);
      const seen = pool.db.transaction((tx) => inTurn(locked(tx), { id: row.id }, count(tx), {}));
      await eventually('it waits', async () => {
        const { rows } = await other.db.execute(sql`SELECT FROM pg_locks WHERE NOT granted`);
        return rows.length > 0;
      });
      release.resolve();
      await holder;
      expect(await seen).toEqual([{ n: String(before + 1) }]);
    }
  });

  it('asks nothing more in turn once the first has failed', async () => {
    for (let time = 0; time < 3; time += 1) {
      const id = newId();
      const failed = pool.db.transaction((tx) => inTurn(added(tx), { id: newId(), by: 0 }, added(tx), { id, by: 1 }));
      await expect(failed).rejects.toMatchObject({ cause: { code: '22012' } });
      expect(await pool.db.select({ id: kinds.id }).from(kinds).where(eq(kinds.id, id))).toEqual([]);
    }
  });
});

import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { recordStatements } from '../../../test/statements.ts';
import { gathered } from './gathered.ts';
import { prepared } from './prepared.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const halves = prepared((db) =>
  db
    .select({ half: sql<number>`10 / n` })
    .from(sql`unnest(${sql.placeholder('ns')}::int[]) AS n`)
    .prepare('test_halves'),
);
const half = gathered(async (db, ns: readonly number[]) => {
  const rows = await halves(db).execute({ ns });
  return rows.map((row) => row.half);
});

describe('a statement about many things', () => {
  it('is one for all who ask in a turn', async () => {
    const { db } = server.ctx;
    const { names, stop } = recordStatements(server.urls.main);
    const answers = await Promise.all([1, 2, 5].map((n) => half(db, n)));
    stop();
    expect(answers).toEqual([10, 5, 2]);
    expect(names().filter((name) => name === 'test_halves')).toHaveLength(1);
  });

  it('fails for that one alone which it cannot take', async () => {
    const { db } = server.ctx;
    const outcomes = await Promise.allSettled([1, 0, 5].map((n) => half(db, n)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await half(db, 2)).toBe(5);
  });

  it('is of a transaction what that transaction sees, and nobody else', async () => {
    const { ctx } = server;
    await ctx.db.execute(sql`CREATE TABLE test_seen (n int)`);
    const count = gathered(async (db, ns: readonly number[]) => {
      const { rows } = await db.execute<{ seen: number }>(sql`SELECT count(*)::int AS seen FROM test_seen`);
      return ns.map(() => rows[0]?.seen);
    });
    for (let trial = 0; trial < 100; trial += 1) {
      const inside = ctx.tx(async ({ db }) => {
        await db.execute(sql`INSERT INTO test_seen VALUES (1)`);
        const [own, others] = await Promise.all([count(db, 0), count(ctx.db, 0)]);
        return { own, others };
      });
      expect(await inside).toEqual({ own: trial + 1, others: trial });
    }
  });
});

import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type { Ctx } from '../src/context.ts';
import { systemClock } from '../src/platform/clock.ts';

export type Statement = { text: string; values: unknown[] };

/** What lists of the directory ask of their context, and nothing else: a database, no copies, no replica. */
export function openDirectoryContext(url: string): { ctx: Ctx; pool: pg.Pool; asked: Statement[] } {
  const asked: Statement[] = [];
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const db = drizzle(pool, {
    logger: {
      logQuery: (text, values) => {
        asked.push({ text, values });
      },
    },
  });
  const reading = (work: (ctx: unknown) => unknown) => work(parts);
  const cache = { read: (_kind: unknown, _of: unknown, load: () => unknown) => load() };
  const parts = { db, clock: systemClock, reading, cache };
  return { ctx: parts as unknown as Ctx, pool, asked };
}

import type { Role } from '@openward/contracts';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { readConfig } from '../src/config.ts';
import type { Ctx } from '../src/context.ts';
import { systemClock } from '../src/platform/clock.ts';

export type Statement = { text: string; values: unknown[] };

/** What lists ask of their context, and nothing else: a database, who asks, no copies, no replica. */
export function openListContext(url: string): {
  ctx: Ctx;
  as(role: Role, accountId: string): Ctx;
  pool: pg.Pool;
  asked: Statement[];
} {
  const asked: Statement[] = [];
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const db = drizzle(pool, {
    logger: {
      logQuery: (text, values) => {
        asked.push({ text, values });
      },
    },
  });
  const cache = { read: (_kind: unknown, _of: unknown, load: () => unknown) => load() };
  const config = readConfig({ NODE_ENV: 'test' });
  const origin = { requestId: null, ip: null, userAgent: null };
  const acting = (actor: Ctx['actor']) => {
    const reading = (work: (ctx: unknown) => unknown) => work(parts);
    const parts = { config, db, clock: systemClock, reading, cache, origin, actor };
    return parts as unknown as Ctx;
  };
  const as = (role: Role, accountId: string) =>
    acting({ role, accountId, sessionId: accountId, approved: true, factorMissing: false });
  return { ctx: acting(null), as, pool, asked };
}

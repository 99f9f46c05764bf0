import type { Role } from '@openward/contracts';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { readConfig } from '../src/config.ts';
import type { Ctx } from '../src/context.ts';
import { systemClock } from '../src/platform/clock.ts';

export type Statement = { text: string; values: unknown[] };
/** With the pool of the database that was asked. */
export type Asked = Statement & { pool: pg.Pool };

/** What lists ask of their context, and nothing else: one or both databases, who asks, no copies, no replica. */
export function openListContext(
  url: string,
  chatUrl?: string,
): {
  ctx: Ctx;
  as(role: Role, accountId: string): Ctx;
  pool: pg.Pool;
  /** Where it was opened with one. */
  chatPool: pg.Pool;
  asked: Asked[];
  end(): Promise<void>;
} {
  const asked: Asked[] = [];
  const open = (connectionString: string) => {
    const pool = new pg.Pool({ connectionString, max: 1, idleTimeoutMillis: 0 });
    const logQuery = (text: string, values: unknown[]) => void asked.push({ text, values, pool });
    return { pool, db: drizzle(pool, { logger: { logQuery } }) };
  };
  const { pool, db } = open(url);
  const chat = chatUrl === undefined ? null : open(chatUrl);
  const cache = { read: (_kind: unknown, _of: unknown, load: () => unknown) => load() };
  const config = readConfig({ NODE_ENV: 'test' });
  const origin = { requestId: null, ip: null, userAgent: null };
  const acting = (actor: Ctx['actor']) => {
    const reading = (work: (ctx: unknown) => unknown) => work(parts);
    const parts = { config, db, chatDb: chat?.db, clock: systemClock, reading, cache, origin, actor };
    return parts as unknown as Ctx;
  };
  const as = (role: Role, accountId: string) =>
    acting({ role, accountId, sessionId: accountId, approved: true, factorMissing: false });
  const end = async () => {
    await pool.end();
    await chat?.pool.end();
  };
  return { ctx: acting(null), as, pool, chatPool: chat?.pool ?? pool, asked, end };
}

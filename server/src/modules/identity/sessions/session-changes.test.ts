import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPool } from '#platform/database/connect.ts';
import { newId } from '#platform/id.ts';
import { DatabaseProxy } from '../../../../test/database-proxy.ts';
import { silentLog, startTestServer, type TestServer } from '../../../../test/harness.ts';
import { withParts } from '../../../../test/with-parts.ts';
import type { Ctx } from '../../../context.ts';
import { SessionChanges } from './session-changes.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** A change of an account. @returns the number of its transaction. */
async function change(accountId: string): Promise<number> {
  const { rows } = await server.ctx.db.execute<{ xid: string }>(
    sql`INSERT INTO session_changes (xid, account_id) VALUES (pg_current_xact_id(), ${accountId}) RETURNING xid::text`,
  );
  return Number(rows[0]?.xid);
}

/** The ctx with another way to the main database. */
async function through<T>(url: string, work: (ctx: Ctx) => Promise<T>): Promise<T> {
  const pool = openPool({ url, name: 'main', max: 4, log: silentLog });
  try {
    return await work(withParts(server.ctx, { db: pool.db }));
  } finally {
    await pool.close();
  }
}

describe('what a node knows of the changes', () => {
  it('holds what was committed before it was asked for, also by a transaction that began long before', async () => {
    const [early, late] = [newId(), newId()];
    const changes = new SessionChanges();
    let earlyXid = 0;
    await server.ctx.tx(async (ctx) => {
      const { rows } = await ctx.db.execute<{ xid: string }>(
        sql`INSERT INTO session_changes (xid, account_id) VALUES (pg_current_xact_id(), ${early}) RETURNING xid::text`,
      );
      earlyXid = Number(rows[0]?.xid);
      const lateXid = await change(late);
      expect(await changes.isFresh(server.ctx)).toBe(true);
      expect([changes.lastOf(early), changes.lastOf(late)]).toEqual([0, lateXid]);
    });
    await expect.poll(async () => (await changes.isFresh(server.ctx)) && changes.lastOf(early)).toBe(earlyXid);
  });

  it('is not fresh, and nobody waits for long, when the database does not answer in time', async () => {
    const proxy = new DatabaseProxy(server.urls.main);
    await through(await proxy.start(), async (ctx) => {
      const changes = new SessionChanges();
      const startedAt = performance.now();
      const asking = Promise.withResolvers<boolean>();
      const held = proxy.holdAnswerTo('session_changes_since', async () => {
        expect(await asking.promise).toBe(false);
        expect(performance.now() - startedAt).toBeLessThan(900);
        // The answer, once it comes, is too old for those who asked meanwhile.
        expect(await changes.isFresh(ctx)).toBe(false);
      });
      Promise.resolve(changes.isFresh(ctx)).then(asking.resolve, asking.reject);
      await held;
      await expect.poll(() => changes.isFresh(ctx)).toBe(true);
    });
    await proxy.stop();
  });

  it('begins anew on a database whose transactions are numbered anew, as after a restore', async () => {
    await server.ctx.db.execute(sql`CREATE SCHEMA restored`);
    // A horizon far behind: it stands before the built-in one in this path.
    await server.ctx.db.execute(
      sql`CREATE FUNCTION restored.pg_snapshot_xmin(pg_snapshot) RETURNS xid8 LANGUAGE sql AS $$ SELECT '3'::xid8 $$`,
    );
    const url = new URL(server.urls.main);
    url.searchParams.set('options', '-c search_path=restored,pg_catalog,public');
    const [account, changes] = [newId(), new SessionChanges()];
    await change(account);
    expect(await changes.isFresh(server.ctx)).toBe(true);
    expect(changes.lastOf(account)).toBeGreaterThan(0);
    await through(url.href, async (ctx) => {
      await expect.poll(() => changes.isFresh(ctx)).toBe(false);
      expect(changes.lastOf(account)).toBe(0);
      expect(await changes.isFresh(ctx)).toBe(true);
      expect(changes.lastOf(account)).toBeGreaterThan(0);
    });
  });
});

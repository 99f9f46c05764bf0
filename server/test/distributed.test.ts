import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrateDatabases } from '../src/databases.ts';
import { checkDatabase } from '../src/modules/chat/index.ts';
import { openPool } from '../src/platform/database/connect.ts';
import { execute } from './admin-connection.ts';
import { cloneDatabases, silentLog, startTestServer, type TestServer } from './harness.ts';
import { withParts } from './with-parts.ts';

// Citus itself is not here. What PostgreSQL alone can show: what the first migration asks of Citus, in which order, and
// that the tables are fit for it. `create_distributed_table` is one that writes down how it was called.

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function emptied(): Promise<{ main: string; chat: string }> {
  const urls = await cloneDatabases();
  await execute(urls.chat, 'DROP SCHEMA public CASCADE; DROP SCHEMA openward_migrations CASCADE; CREATE SCHEMA public');
  return urls;
}

it('asks Citus to distribute every table, the rooms first and theirs beside them, and partitions nothing', async () => {
  const urls = await emptied();
  await execute(
    urls.chat,
    `CREATE TABLE asked (place serial, name text, by text, beside text);
     CREATE FUNCTION create_distributed_table(name regclass, by text, colocate_with text DEFAULT 'default') RETURNS void
     LANGUAGE sql AS 'INSERT INTO asked (name, by, beside) VALUES (name::text, by, colocate_with)'`,
  );
  await migrateDatabases(urls, { chatDistributed: true });
  expect(await execute(urls.chat, 'SELECT name, by, beside FROM asked ORDER BY place')).toEqual([
    { name: 'rooms', by: 'room_id', beside: 'default' },
    { name: 'room_members', by: 'room_id', beside: 'rooms' },
    { name: 'messages', by: 'room_id', beside: 'rooms' },
    { name: 'account_rooms', by: 'account_id', beside: 'none' },
    { name: 'socket_tickets', by: 'ticket_hash', beside: 'none' },
    { name: 'message_versions', by: 'room_id', beside: 'rooms' },
    { name: 'attachments', by: 'room_id', beside: 'rooms' },
    { name: 'untold_flags', by: 'room_id', beside: 'rooms' },
  ]);
  expect(await execute(urls.chat, `SELECT relname FROM pg_class WHERE relkind = 'p' OR relispartition`)).toEqual([]);
  // Citus keeps an index unique only within a shard: each has to hold the column by which its table is cut.
  const indexes = await execute<{ definition: string }>(
    urls.chat,
    `SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index JOIN asked ON asked.name::regclass = indrelid
     WHERE indisunique AND pg_get_indexdef(indexrelid) !~ ('[(, ]' || asked.by || '[,)]')`,
  );
  expect(indexes).toEqual([]);
});

it('says what is missing where there is no Citus', async () => {
  await expect(migrateDatabases(await emptied(), { chatDistributed: true })).rejects.toMatchObject({
    cause: { message: expect.stringContaining('CREATE EXTENSION citus') },
  });
});

it('refuses a database that was laid out otherwise, and one that confirms before it has written', async () => {
  const { ctx } = server;
  await checkDatabase(ctx);
  await expect(checkDatabase(withParts(ctx, { config: { ...ctx.config, chatDistributed: true } }))).rejects.toThrow(
    /CHAT_DISTRIBUTED says otherwise/,
  );
  const careless = openPool({
    url: server.urls.chat,
    name: 'chat',
    max: 1,
    log: silentLog,
    session: { synchronous_commit: 'off' },
  });
  await expect(checkDatabase(withParts(ctx, { chatDb: careless.db }))).rejects.toThrow(/synchronous_commit off/);
  await careless.close();
});

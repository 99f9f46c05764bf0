import pg from 'pg';
import { migrateDatabases } from '../server/src/databases.ts';
import { inSetting } from './setting.ts';

const rows = 100_000;

/** Rows as the product writes them, in the order in which they come: ids by time, texts of usual lengths. */
const fills: readonly [table: string, statement: string][] = [
  [
    'accounts',
    `INSERT INTO accounts (id, role, email, full_name, password_hash, email_verified_at, country, city)
     SELECT uuidv7(), 'patient', md5(n::text) || '@example.org', 'Somebody Usual ' || n,
       repeat('x', 84), now(), 'Portugal', 'Porto' FROM generate_series(1, ${rows}) n`,
  ],
  [
    'sessions',
    `INSERT INTO sessions (id, account_id, expires_at, ip, user_agent)
     SELECT uuidv7(), id, now() + interval '30 days', '198.51.100.7', repeat('Mozilla/5.0 ', 9) FROM accounts`,
  ],
  [
    'care_requests',
    `INSERT INTO care_requests (id, patient_id, specialty, open_to_specialty, complaint, urgency)
     SELECT uuidv7(), id, 'cardiology', true, repeat('It hurts since Monday. ', 9), 'routine' FROM accounts`,
  ],
  [
    'audit_log',
    `INSERT INTO audit_log (id, actor_id, actor_role, action, subject_type, subject_id, owner_id, ip, request_id, details)
     SELECT uuidv7(), gen_random_uuid(), 'patient', 'room.read', 'room', gen_random_uuid()::text, gen_random_uuid(),
       '198.51.100.7', gen_random_uuid()::text, '{"count": 20}' FROM generate_series(1, ${rows})`,
  ],
];

/** What a row of the tables that grow costs on disk, its indexes included. */
export async function benchSizes(): Promise<void> {
  await inSetting(['openward', 'openward_chat'], async (_folder, postgres) => {
    const urls = { main: postgres.url('openward'), chat: postgres.url('openward_chat') };
    await migrateDatabases(urls);
    const client = new pg.Client({ connectionString: urls.main });
    await client.connect();
    for (const [table, statement] of fills) {
      await client.query(statement);
      const { rows: sizes } = await client.query<{ table: number; indexes: number }>(
        `SELECT pg_table_size($1)::float8 AS table, pg_indexes_size($1)::float8 AS indexes`,
        [table],
      );
      const [size] = sizes;
      if (size === undefined) throw new Error('A size without a row.');
      const each = (bytes: number) => Math.round(bytes / rows);
      process.stdout.write(`${table}: ${each(size.table)} + ${each(size.indexes)} bytes a row (table + indexes)\n`);
    }
    await client.end();
  });
}

import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { type SessionSettings, startOptions } from './connect.ts';

/** The lock's number is arbitrary; all versions must use the same one. */
const migrationLock = 7_291_534_001;

/**
 * Brings one database to the newest schema. Safe to call from several nodes at once: an advisory lock lets one work and
 * the others find nothing left to do (drizzle's migrator takes no lock by itself).
 */
export async function migrateDatabase(options: {
  url: string;
  folder: string;
  session?: SessionSettings;
}): Promise<void> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: 'openward-migrate',
    options: startOptions(options.session),
  });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    await migrate(drizzle(client), {
      migrationsFolder: options.folder,
      migrationsSchema: 'openward_migrations',
      migrationsTable: 'applied',
    });
  } finally {
    await client.end();
  }
}

/**
 * Makes the database of a URL when the server does not have it yet.
 * @throws Error that says what to do when this user may not.
 */
export async function ensureDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } catch (error) {
    if (error instanceof pg.DatabaseError && (error.code === '42P04' || error.code === '23505')) return;
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The database "${name}" is not there and could not be made (${why}). Make it with CREATE DATABASE, or set CHAT_DATABASE_URL to another.`,
      { cause: error },
    );
  } finally {
    await client.end();
  }
}

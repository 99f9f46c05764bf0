import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** One file of a folder of migrations. Known to databases by the number `when`, which never changes. */
export type Migration = { name: string; when: number; hash: string; statements: readonly string[] };

/** What a database has had done to it, as it wrote it down itself. What versions before this one did has no name and no time. */
export type AppliedMigration = { name: string | null; when: number; hash: string; appliedAt: string | null };

export type MigrationStatus = {
  applied: (AppliedMigration & { name: string; changed: boolean })[];
  /** In the order in which they are to be run. */
  pending: Migration[];
  /** Of a newer version, or of another branch: this version has no file for them. */
  unknown: AppliedMigration[];
};

export const migrationsSchema = 'openward_migrations';
/** SQLSTATE: no such table, no such schema, no such column. */
const notThereYet = new Set(['42P01', '3F000']);
const columnMissing = '42703';

type Journal = { entries: readonly { tag: string; when: number }[] };

/** The migrations of a folder in the order of its journal. @throws Error when a file is missing. */
export function readMigrations(folder: string): Migration[] {
  const { entries } = JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8')) as Journal;
  return entries.map(({ tag, when }) => {
    const text = readFileSync(join(folder, `${tag}.sql`), 'utf8');
    const statements = text.split('--> statement-breakpoint').map((statement) => statement.trim());
    return { name: tag, when, hash: createHash('sha256').update(text).digest('hex'), statements };
  });
}

/** Only reads: nothing is made in a database that is new. */
export async function readStatus(client: pg.Client, migrations: readonly Migration[]): Promise<MigrationStatus> {
  const rows = await readApplied(client);
  const files = new Map(migrations.map((migration) => [migration.when, migration]));
  const done = new Set(rows.map(({ when }) => when));
  return {
    applied: rows.flatMap((row) => {
      const file = files.get(row.when);
      return file === undefined ? [] : [{ ...row, name: file.name, changed: file.hash !== row.hash }];
    }),
    pending: migrations.filter(({ when }) => !done.has(when)),
    unknown: rows.filter(({ when }) => !files.has(when)),
  };
}

async function readApplied(client: pg.Client): Promise<AppliedMigration[]> {
  const select = (columns: string) =>
    client.query<AppliedMigration>(
      `SELECT created_at::float8 AS when, hash, ${columns} FROM ${migrationsSchema}.applied ORDER BY created_at`,
    );
  try {
    return (await select('name, applied_at::text AS "appliedAt"')).rows;
  } catch (error) {
    const code = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
    if (notThereYet.has(code)) return [];
    // Written by versions that kept no names.
    if (code === columnMissing) return (await select('NULL AS name, NULL AS "appliedAt"')).rows;
    throw error;
  }
}

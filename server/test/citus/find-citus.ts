import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Binaries } from '../../src/platform/database/embedded/binaries.ts';

/** Where Debian keeps the programs of its versions; elsewhere pg_config says where they are. */
const debian = '/usr/lib/postgresql';

export const howToInstall =
  'There is no Citus here. Install PostgreSQL with its headers and Citus 13 for it (docs/scaling.md, "Citus, from nothing"), or name the folder of ' +
  'the programs in CITUS_BIN, or a Citus that runs with its workers in TEST_CHAT_DATABASE_URL.';

/** The programs of a PostgreSQL that has Citus: of CITUS_BIN, of the newest in Debian's folder, or of `pg_config`. Null: none has. */
export function findCitus(): Binaries | null {
  const given = process.env['CITUS_BIN'];
  for (const folder of given === undefined ? usualFolders() : [given]) {
    const library = ask(join(folder, 'pg_config'), '--pkglibdir');
    if (library === null || !existsSync(join(library, 'citus.so'))) continue;
    return { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
  }
  return null;
}

function usualFolders(): string[] {
  const versions = existsSync(debian) ? readdirSync(debian).sort((one, other) => Number(other) - Number(one)) : [];
  const folders = versions.map((version) => join(debian, version, 'bin'));
  const own = ask('pg_config', '--bindir');
  return own === null ? folders : [...folders, own];
}

function ask(program: string, what: string): string | null {
  try {
    return execFileSync(program, [what], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

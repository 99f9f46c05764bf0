import type { Config } from '../config.ts';
import { borrowDatabases, type Databases, migrateDatabases, readMigrationStatus } from '../databases.ts';
import type { MigrationStatus } from '../platform/database/migrations.ts';

/** `migrate` and `migrate up`, with `--dry-run`, and `migrate status`. @throws Error for anything else. */
export async function migrate(
  config: Config,
  act: string | undefined,
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<void> {
  const run = choose(act, dryRun);
  const databases = await borrowDatabases(config, say);
  try {
    await run(config, databases);
  } finally {
    await databases.close();
  }
}

function choose(act: string | undefined, dryRun: boolean): typeof up {
  if (act === 'status' && !dryRun) return status;
  if (act === undefined || act === 'up') return dryRun ? show : up;
  throw new Error('Say migrate up, migrate up --dry-run or migrate status.');
}

async function up(config: Config, { urls }: Databases): Promise<void> {
  await migrateDatabases(urls, config, { onProgress: say });
  say('Both databases are at the newest schema.');
}

/** The statements themselves, so that whoever keeps the databases can read them before. */
async function show(config: Config, { urls }: Databases): Promise<void> {
  let found = false;
  for (const [database, { pending }] of Object.entries(await readMigrationStatus(urls, config))) {
    for (const { name, statements } of pending) {
      found = true;
      say(`-- ${database} ${name}\n${statements.join('\n')}\n`);
    }
  }
  say(found ? '-- Nothing of it was run: migrate up does that.' : 'Both databases are at the newest schema.');
}

async function status(config: Config, { urls }: Databases): Promise<void> {
  for (const [database, status] of Object.entries(await readMigrationStatus(urls, config))) {
    for (const line of linesOf(status)) say(`${database.padEnd(5)} ${line}`);
  }
}

function linesOf({ applied, pending, unknown }: MigrationStatus): string[] {
  return [
    ...applied.map(({ name, appliedAt, changed }) =>
      [
        'applied ',
        name,
        ...(appliedAt === null ? [] : [`at ${appliedAt}`]),
        ...(changed ? ['— its file has changed since: migrations are append-only, put it back'] : []),
      ].join('  '),
    ),
    ...unknown.map(({ name, when }) => `unknown   ${name ?? when}  — of a newer version, or of another branch`),
    ...pending.map(({ name }) => `pending   ${name}`),
  ];
}

function say(message: string): void {
  process.stdout.write(`${message}\n`);
}

import type { Config } from '../config.ts';
import { borrowDatabases, migrateDatabases } from '../databases.ts';

/** Brings both databases to the newest schema. */
export async function migrate(config: Config): Promise<void> {
  const say = (message: string) => void process.stdout.write(`${message}\n`);
  const databases = await borrowDatabases(config, say);
  try {
    await migrateDatabases(databases.urls, config);
    say('Both databases are at the newest schema.');
  } finally {
    await databases.close();
  }
}

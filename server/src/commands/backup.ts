import { resolve } from 'node:path';
import { restoreBackup } from '../backup/restore-backup.ts';
import { takeBackup } from '../backup/take-backup.ts';
import type { Config } from '../config.ts';
import { borrowDatabases, type DatabaseUrls } from '../databases.ts';
import { followRestored } from '../modules/chat/index.ts';
import { endAllSessions } from '../modules/identity/index.ts';
import { openPlatform } from '../open-platform.ts';
import { createLog } from '../platform/log.ts';

/** `backup --to DIR`: beside running nodes. @throws Error with one clear line; what is in DIR then is no backup. */
export async function backup(
  config: Config,
  { to, attachments }: { to: string | undefined; attachments: boolean },
): Promise<void> {
  if (to === undefined) throw new Error('Say where: backup --to a folder that is empty or not there yet.');
  const databases = await borrowDatabases(config, say);
  try {
    const folder = resolve(to);
    const { keys } = await takeBackup({ config, urls: databases.urls, folder, attachments, say });
    say(`The backup is complete: ${folder}`);
    const pepper = keys.find(({ kind }) => kind === 'pepper')?.kid ?? 'none';
    say(`Keys are not in it. Keep a copy of ${config.keysDir} elsewhere: it needs the pepper ${pepper}.`);
  } finally {
    await databases.close();
  }
}

/** `restore --from DIR`: with no node running. Everybody logs in anew: what was logged out after the backup must not be back. */
export async function restore(
  config: Config,
  { from, force }: { from: string | undefined; force: boolean },
): Promise<void> {
  if (from === undefined) throw new Error('Say which: restore --from the folder of a backup.');
  const databases = await borrowDatabases(config, say);
  const { urls } = databases;
  try {
    const folder = resolve(from);
    await restoreBackup({ config, urls, folder, force, say }, () => follow(config, urls));
    say(`${folder} is restored. With REDIS_URL, flush that Redis before the first node starts.`);
  } finally {
    await databases.close();
  }
}

/** Brings the rooms in line and ends every session, before the first node starts. */
async function follow(config: Config, urls: DatabaseUrls): Promise<void> {
  const log = createLog({ ...config, logLevel: 'warn' });
  const { ctx, close } = await openPlatform({ config, urls, roles: [], log });
  try {
    const behind = await followRestored(ctx);
    say(`${behind} rooms are behind their requests: jobs bring them in line when a worker starts`);
    say(`${await endAllSessions(ctx)} sessions were ended: everybody logs in anew`);
  } finally {
    await close();
  }
}

function say(message: string): void {
  process.stdout.write(`${message}\n`);
}

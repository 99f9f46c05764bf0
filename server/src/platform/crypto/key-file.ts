import { randomBytes } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes a file that has no name yet: in `dir`, synced, for its owner alone, to be linked or renamed to its place. Root may make keys in the folder of
 * whom the nodes run as: they are to read them, so that a file belongs to whom the folder belongs.
 * @returns where it is.
 */
export async function writeTemporary(dir: string, name: string, content: string | Buffer): Promise<string> {
  const path = join(dir, `.${name}.${randomBytes(6).toString('hex')}.tmp`);
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    if (process.getuid?.() === 0) {
      const { uid, gid } = await stat(dir);
      await handle.chown(uid, gid);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return path;
}

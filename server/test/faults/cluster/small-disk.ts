import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cleanup } from './cleanup.ts';

/** A disk of its own for a database, small enough to be filled: an ext4 in a file. */
export type SmallDisk = {
  folder: string;
  /** Takes every byte that is left. */
  fill(): Promise<void>;
  free(): Promise<void>;
};

const sizeMb = 320;

/** @returns null where this process may not mount. */
export function mountSmallDisk(folder: string, cleanup: Cleanup): SmallDisk | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null;
  const image = join(folder, 'disk.img');
  const mountPoint = join(folder, 'disk');
  mkdirSync(mountPoint);
  writeFileSync(image, '');
  truncateSync(image, sizeMb * 1024 * 1024);
  // No blocks kept for root, who would otherwise go on writing to a full disk.
  const made = run('mkfs.ext4', '-q', '-m', '0', image) && run('mount', '-o', 'loop', image, mountPoint);
  if (!made) return null;
  cleanup.add(() => {
    // Lazily, should a process still be in it; it is killed already.
    if (!run('umount', mountPoint)) run('umount', '-l', mountPoint);
    rmSync(image, { force: true });
  });
  const filler = join(mountPoint, 'filler');
  return {
    folder: mountPoint,
    fill: async () => {
      for (let bytes = 1024 * 1024; bytes >= 1024; bytes /= 4) await appendUntilFull(filler, Buffer.alloc(bytes));
    },
    free: async () => {
      if (existsSync(filler)) await rm(filler);
    },
  };
}

async function appendUntilFull(file: string, block: Buffer): Promise<void> {
  for (;;) {
    try {
      await appendFile(file, block);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}

function run(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

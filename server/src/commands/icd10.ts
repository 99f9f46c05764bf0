import { access } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Config } from '../config.ts';
import { importCodes } from '../modules/care/index.ts';
import { withPlatform } from './with-platform.ts';

/** `icd10 import FILE`: beside running nodes, which search the older table until it is done. @throws Error naming the line of a mistake. */
export async function icd10(
  config: Config,
  act: string | undefined,
  { file, edition }: { file: string | undefined; edition: string | undefined },
): Promise<void> {
  if (act !== 'import' || file === undefined) throw new Error('Say icd10 import FILE [--edition NAME].');
  const path = resolve(file);
  await access(path).catch(() => {
    throw new Error(`${path} is not there, or not for this user to read.`);
  });
  const name = edition?.trim() || basename(path).replace(/\.[^.]*$/, '');
  const say = (message: string) => void process.stdout.write(`${message}\n`);
  await withPlatform(config, say, async (ctx) => {
    const count = await importCodes(ctx, {
      file: path,
      edition: name,
      onProgress: (codes) => say(`· ${codes.toLocaleString('en')} codes`),
    });
    say(
      `${count.toLocaleString('en')} codes are in: ${name}. Doctors search them from now on, and codes that are not among them are refused.`,
    );
  });
}

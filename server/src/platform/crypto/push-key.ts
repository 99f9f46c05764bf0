import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeTemporary } from './key-file.ts';
import { hasCode, invalidKeys } from './key-store.ts';

/** How this server is known to push services (VAPID, RFC 8292): a P-256 key pair. */
export type PushKey = {
  /** The point, base64url: what a browser subscribes with. */
  readonly publicKey: string;
  /** The scalar, base64url. */
  readonly privateKey: string;
};

/**
 * Beside the other keys and not in keys.json: it never rotates, since every subscription is bound to it, and an earlier version
 * that runs on the same folder knows nothing of it.
 */
const pushKeyFile = 'push.pem';

/** Makes the key where there is none. @returns false when there is one: of several processes one makes it. */
export async function generatePushKey(dir: string): Promise<boolean> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const temporary = await writeTemporary(dir, pushKeyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  try {
    await link(temporary, join(dir, pushKeyFile));
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * The push key of a folder, or null where there is none: then nothing is pushed.
 * @throws KeysError for one that is broken or, strict, readable by others.
 */
export async function openPushKey(options: {
  dir: string;
  createIfMissing: boolean;
  strict: boolean;
}): Promise<PushKey | null> {
  const { dir, createIfMissing, strict } = options;
  if (createIfMissing) await generatePushKey(dir);
  const path = join(dir, pushKeyFile);
  const pem = await readFile(path, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return null;
    throw invalidKeys(dir, [`${pushKeyFile} is not readable by this user`]);
  });
  if (pem === null) return null;
  if (process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0) {
    if (strict) throw invalidKeys(dir, [`${path} is open to its group or to everyone, run "chmod 600 ${path}"`]);
    await chmod(path, 0o600);
  }
  return readPem(dir, pem);
}

function readPem(dir: string, pem: string): PushKey {
  try {
    const { kty, crv, x, y, d } = createPrivateKey(pem).export({ format: 'jwk' });
    if (kty === 'EC' && crv === 'P-256' && x !== undefined && y !== undefined && d !== undefined) {
      const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
      return { publicKey: point.toString('base64url'), privateKey: d };
    }
  } catch {
    // Said below, as for a key of another kind.
  }
  throw invalidKeys(dir, [`${pushKeyFile} is not an unencrypted PKCS#8 PEM of a P-256 key`]);
}

import { createHmac, createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { hasCode, invalidKeys, isPastRetention, KEYS_FILE, type KeyEntry, listKeys } from './key-store.ts';

type KeyBase = { readonly kid: string; readonly createdAt: string; readonly retiredAt: string | null };

/** RSA, for RS256. `jwk` is the public half, fit to be published. */
export type SigningKey = KeyBase & { readonly privateKey: KeyObject; readonly publicKey: KeyObject; readonly jwk: JWK };

/** AES-256, for A256GCM, and the key that the IVs are derived with. */
export type EncryptionKey = KeyBase & { readonly key: KeyObject; readonly ivKey: KeyObject };

/** The secret that is mixed into every password before it is hashed. */
export type Pepper = KeyBase & { readonly key: KeyObject };

export type KeyMaterial = {
  readonly signing: readonly SigningKey[];
  readonly encryption: readonly EncryptionKey[];
  readonly pepper: readonly Pepper[];
};

/** RFC 7518 section 3.3 asks for 2048 bits at least. */
const LEAST_RSA_BITS = 2048;
/** 128 bits of strength: NIST SP 800-57 part 1, table 2. */
const STRICT_RSA_BITS = 3072;
const SECRET_BYTES = 32;
/** 32 random bytes have fewer different values than this about once in 10^27: a placeholder, not a key. */
const LEAST_DISTINCT_BYTES = 12;

/**
 * Reads and checks every key that keys.json names and that still verifies.
 *
 * Not strict, what is only weak or only readable by too many is handed to `onWarning` instead.
 *
 * @throws KeysError with all mistakes in one message.
 */
export async function loadKeyMaterial(options: {
  dir: string;
  strict: boolean;
  now: Date;
  onWarning: (message: string) => void;
}): Promise<KeyMaterial> {
  const { dir, strict, now } = options;
  const live = (await listKeys({ dir })).filter((entry) => !isPastRetention(entry.retiredAt, now));
  const mistakes: string[] = [];
  const weaknesses: string[] = [];
  const report: Report = { mistakes, weaknesses };

  await checkPermissions(dir, live, weaknesses);
  for (const kind of ['signing', 'encryption', 'pepper'] as const) {
    const current = live.filter((entry) => entry.kind === kind && entry.retiredAt === null).length;
    if (current !== 1) mistakes.push(`${KEYS_FILE} names ${current} current keys of the kind ${kind} instead of one`);
  }
  const read = async <T>(
    kind: string,
    load: (entry: KeyEntry, text: string, report: Report) => T | null,
  ): Promise<T[]> => {
    const entries = live.filter((entry) => entry.kind === kind);
    const loaded = await Promise.all(
      entries.map(async (entry) => {
        const text = await readKeyFile(dir, entry, mistakes);
        return text === null ? null : load(entry, text, report);
      }),
    );
    return loaded.filter((key) => key !== null);
  };
  const material = {
    signing: await read('signing', loadSigningKey),
    encryption: await read('encryption', loadEncryptionKey),
    pepper: await read('pepper', loadPepper),
  };

  if (strict) mistakes.push(...weaknesses);
  if (mistakes.length > 0) throw invalidKeys(dir, mistakes);
  for (const weakness of weaknesses)
    options.onWarning(`The keys in ${dir} would be refused in production: ${weakness}.`);
  return material;
}

type Report = { readonly mistakes: string[]; readonly weaknesses: string[] };

function loadSigningKey(entry: KeyEntry, text: string, report: Report): SigningKey | null {
  let privateKey: KeyObject;
  try {
    if (!text.trimStart().startsWith('-----BEGIN PRIVATE KEY-----')) throw new Error('not PKCS#8');
    privateKey = createPrivateKey({ key: text, format: 'pem' });
  } catch {
    report.mistakes.push(`${entry.file} is not an unencrypted PKCS#8 PEM`);
    return null;
  }
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (privateKey.asymmetricKeyType !== 'rsa' || bits < LEAST_RSA_BITS) {
    report.mistakes.push(`${entry.file} is not an RSA key of ${STRICT_RSA_BITS} bits or more`);
    return null;
  }
  if (bits < STRICT_RSA_BITS) {
    report.weaknesses.push(`${entry.file} is weak: an RSA key of ${bits} bits, where ${STRICT_RSA_BITS} are the least`);
  }
  const publicKey = createPublicKey(privateKey);
  const { n, e } = publicKey.export({ format: 'jwk' });
  if (n === undefined || e === undefined) throw new TypeError('An RSA key without modulus or exponent');
  const jwk: JWK = { kty: 'RSA', use: 'sig', alg: 'RS256', kid: entry.kid, n, e };
  return { ...base(entry), privateKey, publicKey, jwk };
}

function loadEncryptionKey(entry: KeyEntry, text: string, report: Report): EncryptionKey | null {
  const secret = decodeSecret(entry, text, report);
  if (secret === null) return null;
  // A key of its own for the IVs: one key is never used in two algorithms (NIST SP 800-57 part 1, section 5.2).
  const ivKey = createHmac('sha256', secret).update('openward/jwe-iv/1').digest();
  return { ...base(entry), key: createSecretKey(secret), ivKey: createSecretKey(ivKey) };
}

function loadPepper(entry: KeyEntry, text: string, report: Report): Pepper | null {
  const secret = decodeSecret(entry, text, report);
  return secret === null ? null : { ...base(entry), key: createSecretKey(secret) };
}

function decodeSecret(entry: KeyEntry, text: string, report: Report): Buffer | null {
  const trimmed = text.trim();
  const secret = Buffer.from(trimmed, 'base64');
  // Encoded again and compared, because Buffer skips what is not base64 in silence.
  if (secret.length !== SECRET_BYTES || secret.toString('base64') !== trimmed) {
    report.mistakes.push(`${entry.file} is not ${SECRET_BYTES} bytes in base64`);
    return null;
  }
  if (new Set(secret).size < LEAST_DISTINCT_BYTES)
    report.weaknesses.push(`${entry.file} is weak: its bytes are not random`);
  return secret;
}

async function readKeyFile(dir: string, entry: KeyEntry, mistakes: string[]): Promise<string | null> {
  try {
    return await readFile(join(dir, entry.file), 'utf8');
  } catch (error) {
    const why = hasCode(error, 'ENOENT') ? 'is missing' : 'is not readable by this user';
    mistakes.push(`${entry.file} of key ${entry.kid} ${why}`);
    return null;
  }
}

async function checkPermissions(dir: string, entries: readonly KeyEntry[], weaknesses: string[]): Promise<void> {
  // Windows has no such bits; its access lists keep a profile's folders private by themselves.
  if (process.platform === 'win32') return;
  const paths = [dir, join(dir, KEYS_FILE), ...entries.map((entry) => join(dir, entry.file))];
  await Promise.all(
    paths.map(async (path) => {
      const stats = await stat(path).catch(() => null);
      // A missing file is named by whoever reads it.
      if (stats === null || (stats.mode & 0o077) === 0) return;
      const wanted = stats.isDirectory() ? '700' : '600';
      weaknesses.push(`${path} is open to its group or to everyone, run "chmod ${wanted} ${path}"`);
    }),
  );
}

function base(entry: KeyEntry): KeyBase {
  return { kid: entry.kid, createdAt: entry.createdAt, retiredAt: entry.retiredAt };
}

import { generateKeyPair, randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeTemporary } from './key-file.ts';

export type KeyKind = 'signing' | 'encryption' | 'pepper';

/** One row of keys.json. Dates are RFC 3339 in UTC; `retiredAt` is null while the key is the current one. */
export type KeyEntry = {
  readonly kid: string;
  readonly kind: KeyKind;
  readonly createdAt: string;
  readonly retiredAt: string | null;
  readonly file: string;
};

/** Keys that are missing, weak, unreadable or readable by too many. The message names every mistake and what to do. */
export class KeysError extends Error {
  readonly reason: 'missing' | 'exists' | 'invalid' | 'locked';

  constructor(reason: KeysError['reason'], message: string) {
    super(message);
    this.name = 'KeysError';
    this.reason = reason;
  }
}

export const KEYS_FILE = 'keys.json';

/** A day more than the life of a refresh token, the longest-lived token there is. */
export const RETIRED_KEY_LIFETIME_MS = 31 * 24 * 60 * 60 * 1000;

const KINDS: readonly string[] = ['signing', 'encryption', 'pepper'] satisfies KeyKind[];
const RSA_BITS = 3072;
const SECRET_BYTES = 32;
const generateRsa = promisify(generateKeyPair);

/** Whether a retired key is past the time in which it still verifies. */
export function isPastRetention(retiredAt: string | null, now: Date): boolean {
  return retiredAt !== null && now.getTime() - Date.parse(retiredAt) > RETIRED_KEY_LIFETIME_MS;
}

/**
 * Makes the first signing key, encryption key and pepper in `dir`.
 *
 * Safe to run from several processes at once: the key files have names of their own and keys.json appears by link(2), which
 * succeeds for one process only; the others remove what they made.
 *
 * @throws KeysError `exists` when `dir` holds keys already. They are never overwritten: every session and every password
 *   depends on them.
 */
export async function generateKeys(options: { dir: string; now?: () => Date }): Promise<KeyEntry[]> {
  const { dir } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  if ((await readKeysFile(dir)) !== null) throw keysExist(dir);

  const at = (options.now ?? currentDate)();
  const entries = await Promise.all([
    createKey(dir, 'signing', at),
    createKey(dir, 'encryption', at),
    createKey(dir, 'pepper', at),
  ]);
  const temporary = await writeTemporary(dir, KEYS_FILE, serialise(entries));
  try {
    await link(temporary, join(dir, KEYS_FILE));
  } catch (error) {
    await removeFiles(dir, entries);
    if (hasCode(error, 'EEXIST')) throw keysExist(dir);
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dir);
  return entries;
}

/**
 * Makes a new current signing and encryption key. The former ones verify for 31 more days and are dropped by the first rotation
 * after that. The pepper stays: every password hash depends on it.
 *
 * @throws KeysError `missing` without keys, `invalid` when keys.json cannot be understood, `locked` while another rotation runs.
 */
export async function rotateKeys(options: { dir: string; now?: () => Date }): Promise<KeyEntry[]> {
  const { dir } = options;
  await listKeys({ dir });
  return withLock(dir, async () => {
    const at = (options.now ?? currentDate)();
    const before = await listKeys({ dir });
    const created = await Promise.all([createKey(dir, 'signing', at), createKey(dir, 'encryption', at)]);
    const kept = before
      .filter((entry) => !isPastRetention(entry.retiredAt, at))
      .map((entry) => (entry.kind === 'pepper' ? entry : { ...entry, retiredAt: entry.retiredAt ?? at.toISOString() }));
    const after = [...created, ...kept];
    // keys.json last: whoever reads it finds every file that it names.
    await rename(await writeTemporary(dir, KEYS_FILE, serialise(after)), join(dir, KEYS_FILE));
    await syncFolder(dir);
    const keptKids = new Set(kept.map((entry) => entry.kid));
    await removeFiles(
      dir,
      before.filter((entry) => !keptKids.has(entry.kid)),
    );
    return after;
  });
}

/**
 * What keys.json names, current and retired; no key material.
 *
 * @throws KeysError `missing` without keys, `invalid` when keys.json cannot be understood.
 */
export async function listKeys(options: { dir: string }): Promise<KeyEntry[]> {
  const text = await readKeysFile(options.dir);
  if (text === null) {
    throw new KeysError('missing', `No keys in ${options.dir}: run "node server/src/main.ts keys generate".`);
  }
  const mistakes: string[] = [];
  const entries = parseEntries(text, mistakes);
  if (mistakes.length > 0) throw invalidKeys(options.dir, mistakes);
  return entries;
}

/** One error for all that is wrong with the keys in `dir`. */
export function invalidKeys(dir: string, mistakes: readonly string[]): KeysError {
  const list = mistakes.join('; ');
  const advice =
    'Correct this, restore the folder from a backup, or, for a new installation only, empty it and run "node server/src/main.ts keys generate"';
  return new KeysError('invalid', `The keys in ${dir} cannot be used: ${list}. ${advice}.`);
}

/** Whether `error` is a system error with this code, such as ENOENT. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function parseEntries(text: string, mistakes: string[]): KeyEntry[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    mistakes.push(`${KEYS_FILE} is not JSON`);
    return [];
  }
  const rows: unknown = isRecord(parsed) ? parsed['keys'] : undefined;
  if (!Array.isArray(rows)) {
    mistakes.push(`${KEYS_FILE} has no list "keys"`);
    return [];
  }
  const entries = rows.flatMap((row: unknown, index) => parseEntry(row, index, mistakes));
  if (new Set(entries.map((entry) => entry.kid)).size !== entries.length) {
    mistakes.push(`${KEYS_FILE} names the same kid twice`);
  }
  return entries;
}

function parseEntry(row: unknown, index: number, mistakes: string[]): KeyEntry[] {
  const { kid, kind, createdAt, retiredAt, file } = isRecord(row) ? row : {};
  const name = typeof kid === 'string' ? `key ${kid}` : `key number ${index + 1}`;
  const before = mistakes.length;
  if (!isPlainName(kid)) mistakes.push(`${name} in ${KEYS_FILE} needs a kid of letters, digits, "-" and "_"`);
  if (!isKind(kind)) mistakes.push(`${name} in ${KEYS_FILE} needs a kind: ${KINDS.join(', ')}`);
  if (!isDate(createdAt)) mistakes.push(`${name} in ${KEYS_FILE} needs a date in createdAt`);
  if (!(retiredAt === null || isDate(retiredAt)))
    mistakes.push(`${name} in ${KEYS_FILE} needs a date or null in retiredAt`);
  // A plain name only: keys.json must not lead out of its folder.
  if (!isFileName(file)) mistakes.push(`${name} in ${KEYS_FILE} needs the name of a file beside it`);
  if (mistakes.length > before) return [];
  return isPlainName(kid) &&
    isKind(kind) &&
    isDate(createdAt) &&
    (retiredAt === null || isDate(retiredAt)) &&
    isFileName(file)
    ? [{ kid, kind, createdAt, retiredAt, file }]
    : [];
}

async function createKey(dir: string, kind: KeyKind, at: Date): Promise<KeyEntry> {
  const kid = `${kind}-${at.toISOString().slice(0, 10)}-${randomBytes(6).toString('hex')}`;
  const file = kind === 'signing' ? `${kid}.pem` : `${kid}.key`;
  const content = kind === 'signing' ? await createRsaPem() : `${randomBytes(SECRET_BYTES).toString('base64')}\n`;
  await rename(await writeTemporary(dir, file, content), join(dir, file));
  return { kid, kind, createdAt: at.toISOString(), retiredAt: null, file };
}

async function createRsaPem(): Promise<string> {
  const { privateKey } = await generateRsa('rsa', { modulusLength: RSA_BITS });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Rotations exclude each other: two at once would each write a keys.json without the other's keys. */
async function withLock<T>(dir: string, run: () => Promise<T>): Promise<T> {
  const path = join(dir, 'keys.lock');
  try {
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    // Never stolen by age: a rotation is an operator's command, and a wrong guess here would lose keys.
    throw new KeysError(
      'locked',
      `Another rotation runs in ${dir}. If none does, one was killed: delete ${path} and try again.`,
    );
  }
  try {
    return await run();
  } finally {
    await rm(path, { force: true });
  }
}

async function readKeysFile(dir: string): Promise<string | null> {
  try {
    return await readFile(join(dir, KEYS_FILE), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    if (hasCode(error, 'EACCES')) throw invalidKeys(dir, [`${KEYS_FILE} is not readable by this user`]);
    throw error;
  }
}

/** Makes the renames durable. Not every system lets a folder be opened; the files themselves are synced either way. */
async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r').catch(() => null);
  if (handle === null) return;
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeFiles(dir: string, entries: readonly KeyEntry[]): Promise<void> {
  await Promise.all(entries.map((entry) => rm(join(dir, entry.file), { force: true })));
}

function serialise(entries: readonly KeyEntry[]): string {
  return `${JSON.stringify({ keys: entries }, null, 2)}\n`;
}

function keysExist(dir: string): KeysError {
  return new KeysError(
    'exists',
    `There are keys in ${dir} already. To replace them run "node server/src/main.ts keys rotate".`,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isKind(value: unknown): value is KeyKind {
  return typeof value === 'string' && KINDS.includes(value);
}

function isPlainName(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,100}$/.test(value);
}

function isFileName(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,120}$/.test(value);
}

function isDate(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function currentDate(): Date {
  return new Date();
}

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  generateKeys,
  type KeyEntry,
  type KeyRing,
  type KeyRingOptions,
  listKeys,
  openKeyRing,
  rotateKeys,
} from './key-ring.ts';
import { generatePushKey } from './push-key.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
let dir: string;
const rings: KeyRing[] = [];

beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'openward-keys-')), 'keys');
});

afterEach(async () => {
  for (const ring of rings.splice(0)) ring.close();
  await rm(join(dir, '..'), { recursive: true, force: true });
});

async function open(options: Partial<KeyRingOptions> = {}): Promise<KeyRing> {
  const ring = await openKeyRing({ dir, createIfMissing: false, strict: true, ...options });
  rings.push(ring);
  return ring;
}

function fileOf(entries: readonly KeyEntry[], kind: string): string {
  const entry = entries.find((candidate) => candidate.kind === kind);
  if (entry === undefined) throw new Error(`no ${kind}`);
  return join(dir, entry.file);
}

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('generateKeys', () => {
  it('makes one private key of each kind that strict mode accepts', async () => {
    const entries = await generateKeys({ dir });
    expect(entries.map(({ kind, retiredAt }) => [kind, retiredAt])).toEqual([
      ['signing', null],
      ['encryption', null],
      ['pepper', null],
    ]);
    expect(await modeOf(dir)).toBe(0o700);
    const files = await readdir(dir);
    expect(files).toHaveLength(4);
    for (const file of files) expect(await modeOf(join(dir, file))).toBe(0o600);

    const ring = await open();
    expect(ring.signing.current.privateKey.asymmetricKeyDetails?.modulusLength).toBe(3072);
    expect(ring.encryption.current.key.symmetricKeySize).toBe(32);
    expect(ring.pepper.current.key.symmetricKeySize).toBe(32);
  });

  it('refuses when there are keys and leaves them alone', async () => {
    await generateKeys({ dir });
    const before = await readFile(join(dir, 'keys.json'), 'utf8');
    await expect(generateKeys({ dir })).rejects.toMatchObject({ name: 'KeysError', reason: 'exists' });
    expect(await readFile(join(dir, 'keys.json'), 'utf8')).toBe(before);
    expect(await readdir(dir)).toHaveLength(4);
  });

  it('lets one of many at once win, and the rest use its keys', async () => {
    const opened = await Promise.all(Array.from({ length: 6 }, () => open({ createIfMissing: true })));
    expect(new Set(opened.map((ring) => ring.signing.current.kid)).size).toBe(1);
    expect(new Set(opened.map((ring) => ring.pepper.current.kid)).size).toBe(1);
    // The losers' keys and temporary files are gone.
    expect(await readdir(dir)).toHaveLength(4);
  });
});

describe('openKeyRing', () => {
  it('says what to do when there are no keys', async () => {
    await expect(open()).rejects.toThrow('run "node server/src/main.ts keys generate"');
  });

  it('publishes the public half of the signing key and nothing more', async () => {
    const ring = await open({ createIfMissing: true });
    const { keys } = ring.jwks();
    expect(keys.map((key) => new Set(Object.keys(key)))).toEqual([new Set(['alg', 'e', 'kid', 'kty', 'n', 'use'])]);
  });

  it.each([0o640, 0o604])('refuses a key file of mode %o in strict mode, and only warns without', async (mode) => {
    await chmod(fileOf(await generateKeys({ dir }), 'pepper'), mode);
    await expect(open()).rejects.toThrow('chmod 600');
    const onWarning = vi.fn();
    await open({ strict: false, onWarning });
    expect(onWarning).toHaveBeenCalledWith(expect.stringContaining('chmod 600'));
  });

  it('refuses a folder that others may enter', async () => {
    await generateKeys({ dir });
    await chmod(dir, 0o755);
    await expect(open()).rejects.toThrow('chmod 700');
  });

  it('refuses RSA-2048 in strict mode, and RSA-1024 and other kinds always', async () => {
    const path = fileOf(await generateKeys({ dir }), 'signing');
    const write = (bits: number) => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
      return writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    };
    await write(2048);
    await expect(open()).rejects.toThrow('2048 bits');
    await open({ strict: false });
    await write(1024);
    await expect(open({ strict: false })).rejects.toThrow('not an RSA key');
    const { privateKey } = generateKeyPairSync('ed25519');
    await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await expect(open({ strict: false })).rejects.toThrow('not an RSA key');
  });

  it('refuses secrets that are short, not base64 or not random', async () => {
    const path = fileOf(await generateKeys({ dir }), 'encryption');
    for (const content of [
      Buffer.alloc(16, 1).toString('base64'),
      `${'*'.repeat(43)}=`,
      `*${randomBytes(32).toString('base64')}`,
      '',
    ]) {
      await writeFile(path, content);
      await expect(open({ strict: false })).rejects.toThrow('not 32 bytes in base64');
    }
    await writeFile(path, Buffer.alloc(32, 7).toString('base64'));
    await expect(open()).rejects.toThrow('not random');
  });

  it('names every mistake at once', async () => {
    const entries = await generateKeys({ dir });
    await rm(fileOf(entries, 'signing'));
    await writeFile(fileOf(entries, 'encryption'), 'nothing');
    await chmod(fileOf(entries, 'pepper'), 0o644);
    const message = await open().catch((error: unknown) => String(error));
    expect(message).toContain('is missing');
    expect(message).toContain('not 32 bytes');
    expect(message).toContain('chmod 600');
  });

  it.each([
    ['not JSON', '{'],
    ['no list', '{}'],
    [
      'a file beside it',
      JSON.stringify({ keys: [{ kid: 'a', kind: 'pepper', createdAt: '2026-01-01', retiredAt: null, file: '../x' }] }),
    ],
    ['current keys of the kind signing', JSON.stringify({ keys: [] })],
  ])('refuses a keys.json with the mistake: %s', async (mistake, content) => {
    await generateKeys({ dir });
    await writeFile(join(dir, 'keys.json'), content);
    await expect(open()).rejects.toThrow(mistake);
  });
});

describe('rotation', () => {
  it('reaches a running ring by itself', async () => {
    await generateKeys({ dir });
    const onReload = vi.fn();
    const ring = await open({ pollIntervalMs: 10, onReload });
    const before = {
      signing: ring.signing.current.kid,
      encryption: ring.encryption.current.kid,
      pepper: ring.pepper.current.kid,
    };
    await rotateKeys({ dir });
    await vi.waitFor(() => expect(ring.signing.current.kid).not.toBe(before.signing));

    expect(ring.encryption.current.kid).not.toBe(before.encryption);
    expect(ring.pepper.current.kid).toBe(before.pepper);
    expect(ring.signing.find(before.signing)?.kid).toBe(before.signing);
    expect(ring.encryption.find(before.encryption)?.kid).toBe(before.encryption);
    expect(ring.jwks().keys).toHaveLength(2);
    expect(ring.generation).toBe(2);
    expect(onReload).toHaveBeenCalledWith({
      added: [ring.signing.current.kid, ring.encryption.current.kid],
      dropped: [],
    });
  });

  it('is taken over at once by refresh, however many ask', async () => {
    await generateKeys({ dir });
    const ring = await open();
    await rotateKeys({ dir });
    await Promise.all(Array.from({ length: 50 }, () => ring.refresh()));
    expect(ring.generation).toBe(2);
  });

  it('lets old keys verify for 31 days, then forgets them, and the next rotation deletes them', async () => {
    await generateKeys({ dir });
    let at = Date.now();
    const now = () => new Date(at);
    const ring = await open({ now });
    const old = ring.signing.current.kid;
    await rotateKeys({ dir, now });
    await ring.refresh();
    at += 31 * DAY_MS;
    expect(ring.signing.find(old)).toBeDefined();
    at += 1;
    expect(ring.signing.find(old)).toBeUndefined();
    expect(ring.jwks().keys).toHaveLength(1);

    await rotateKeys({ dir, now });
    expect((await listKeys({ dir })).some(({ kid }) => kid === old)).toBe(false);
    expect(await readdir(dir)).toHaveLength(6);
  });

  it('keeps the old ring and warns once while the folder is half-written', async () => {
    await generateKeys({ dir });
    const onWarning = vi.fn();
    const ring = await open({ pollIntervalMs: 5, onWarning });
    const whole = await readFile(join(dir, 'keys.json'), 'utf8');
    const kid = ring.signing.current.kid;
    await replaceKeysFile(whole.slice(0, 100));
    await vi.waitFor(() => expect(onWarning).toHaveBeenCalledWith(expect.stringContaining('Kept the keys in use')));
    await ring.refresh();
    await ring.refresh();
    expect(onWarning).toHaveBeenCalledTimes(1);
    expect(ring.signing.current.kid).toBe(kid);

    await replaceKeysFile(whole);
    // Twice, if the file is replaced between the look and the reading.
    await vi.waitFor(() => expect(ring.generation).toBeGreaterThan(1));
    expect(ring.signing.current.kid).toBe(kid);

    /** In one step: what is written in several is read in between, and each reading counts. */
    async function replaceKeysFile(text: string): Promise<void> {
      await writeFile(join(dir, 'keys.new'), text, { mode: 0o600 });
      await rename(join(dir, 'keys.new'), join(dir, 'keys.json'));
    }
  });

  it('does not run twice at once', async () => {
    await generateKeys({ dir });
    const results = await Promise.allSettled([rotateKeys({ dir }), rotateKeys({ dir }), rotateKeys({ dir })]);
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject({ reason: 'locked' });
    await open();
    await rotateKeys({ dir });
  });

  it.runIf(process.getuid?.() === 0)('by root leaves all keys to whom the folder belongs', async () => {
    await mkdir(dir, { mode: 0o700 });
    await chown(dir, 10_001, 10_002);
    await generateKeys({ dir });
    await generatePushKey(dir);
    await rotateKeys({ dir });
    const owners = await Promise.all((await readdir(dir)).map((file) => stat(join(dir, file))));
    expect(owners.map(({ uid, gid }) => [uid, gid])).toEqual(Array(7).fill([10_001, 10_002]));
  });

  it('needs keys', async () => {
    await expect(rotateKeys({ dir })).rejects.toMatchObject({ reason: 'missing' });
  });
});

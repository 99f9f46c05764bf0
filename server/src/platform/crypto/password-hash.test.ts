import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash as bcryptHash } from '@node-rs/bcrypt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeyRing, openKeyRing } from './key-ring.ts';
import { createPasswordHasher, type PasswordHasher, PasswordQueueFullError } from './password-hash.ts';

const PASSWORD = 'correct-horse-battery-staple-9';
let dir: string;
let keys: KeyRing;
let passwords: PasswordHasher;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openward-passwords-'));
  keys = await openKeyRing({ dir, createIfMissing: true, strict: true });
  passwords = createPasswordHasher({ keys, cost: 4 });
});

afterAll(async () => {
  keys.close();
  await rm(dir, { recursive: true, force: true });
});

describe('hash and verify', () => {
  it('accepts the password and nothing near it', async () => {
    const stored = await passwords.hash(PASSWORD);
    expect(stored.startsWith(`v1$${keys.pepper.current.kid}$$2b$04$`)).toBe(true);
    expect(await passwords.verify(PASSWORD, stored)).toBe(true);
    for (const wrong of [`${PASSWORD} `, PASSWORD.toUpperCase(), PASSWORD.slice(1), '']) {
      expect(await passwords.verify(wrong, stored)).toBe(false);
    }
  });

  it('counts every character, also beyond 72 bytes and after a NUL', async () => {
    const long = 'é'.repeat(100);
    expect(await passwords.verify(`${long}b`, await passwords.hash(`${long}a`))).toBe(false);
    expect(await passwords.verify('before\0b', await passwords.hash('before\0a'))).toBe(false);
  });

  it('takes the same text in another Unicode form', async () => {
    expect(await passwords.verify('cafe\u0301-\ufb01n-password', await passwords.hash('caf\u00e9-fin-password'))).toBe(
      true,
    );
  });

  it('depends on the pepper', async () => {
    const stored = await passwords.hash(PASSWORD);
    const otherDir = await mkdtemp(join(tmpdir(), 'openward-passwords-'));
    const otherKeys = await openKeyRing({ dir: otherDir, createIfMissing: true, strict: true });
    const other = createPasswordHasher({ keys: otherKeys, cost: 4 });
    await expect(other.verify(PASSWORD, stored)).rejects.toThrow(keys.pepper.current.kid);
    const moved = stored.replace(keys.pepper.current.kid, otherKeys.pepper.current.kid);
    expect(await other.verify(PASSWORD, moved)).toBe(false);
    otherKeys.close();
    await rm(otherDir, { recursive: true, force: true });
  });

  it('does not take a plain bcrypt hash or another form', async () => {
    const bcrypt = await bcryptHash(PASSWORD, { cost: 4 });
    for (const stored of ['', bcrypt, `v2$pepper$${bcrypt}`]) {
      await expect(passwords.verify(PASSWORD, stored)).rejects.toThrow('not of the form');
    }
  });

  it('takes as long for a wrong password of a hash of a lower cost as for no account', async () => {
    const raised = createPasswordHasher({ keys, cost: 9 });
    const earlier = await createPasswordHasher({ keys, cost: 7 }).hash(PASSWORD);
    const took: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
    for (let n = 0; n < 15; n += 1) {
      for (const [who, stored] of [
        ['known', earlier],
        ['unknown', null],
      ] as const) {
        const startedAtMs = performance.now();
        await raised.verify('wrong', stored);
        took[who].push(performance.now() - startedAtMs);
      }
    }
    // The quickest of each: what else the machine does makes some slower.
    expect(Math.min(...took.known) / Math.min(...took.unknown)).toBeGreaterThan(0.75);
  });

  it('is false for no account, after the same work', async () => {
    const slow = createPasswordHasher({ keys, cost: 10 });
    const stored = await slow.hash(PASSWORD);
    const timeOf = async (verify: () => Promise<boolean>) => {
      const startedMs = performance.now();
      expect(await verify()).toBe(false);
      return performance.now() - startedMs;
    };
    let [unknownMs, wrongMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    // In turn, and the best of each: what a busy machine adds, it adds to some of both.
    for (let round = 0; round < 10; round += 1) {
      unknownMs = Math.min(unknownMs, await timeOf(() => slow.verify(PASSWORD, null)));
      wrongMs = Math.min(wrongMs, await timeOf(() => slow.verify('another-password', stored)));
    }
    // Ten thousand times apart without the dummy; the bounds leave room for a busy machine.
    expect(unknownMs / wrongMs).toBeGreaterThan(0.5);
    expect(unknownMs / wrongMs).toBeLessThan(2);
  });
});

describe('needsRehash', () => {
  it('asks for it when the cost or the pepper changed', async () => {
    const stored = await passwords.hash(PASSWORD);
    expect(passwords.needsRehash(stored)).toBe(false);
    expect(createPasswordHasher({ keys, cost: 5 }).needsRehash(stored)).toBe(true);
    expect(passwords.needsRehash(stored.replace(/^v1\$[^$]+/, 'v1$pepper-of-old'))).toBe(true);
  });
});

describe('the queue', () => {
  it('refuses at once what finds it full, and serves the rest', async () => {
    const narrow = createPasswordHasher({ keys, cost: 8, maxConcurrent: 1, maxWaiting: 3 });
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => narrow.hash(PASSWORD)));
    expect(results.map((result) => result.status)).toEqual([
      ...Array.from({ length: 4 }, () => 'fulfilled'),
      ...Array.from({ length: 6 }, () => 'rejected'),
    ]);
    const refused = results.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : []));
    for (const error of refused) {
      expect(error).toBeInstanceOf(PasswordQueueFullError);
      expect(error).toMatchObject({ retryAfterS: 1 });
    }
    await expect(narrow.hash(PASSWORD)).resolves.toContain('v1$');
  });

  it('runs no more at once than it may, and gives its places back after a failure', async () => {
    const narrow = createPasswordHasher({ keys, cost: 4, maxConcurrent: 1, maxWaiting: 1 });
    const impossible = createPasswordHasher({
      keys: { ...keys, pepper: brokenPepper() },
      cost: 4,
      maxConcurrent: 1,
      maxWaiting: 0,
    });
    await expect(impossible.hash(PASSWORD)).rejects.toThrow('no pepper');
    await expect(impossible.hash(PASSWORD)).rejects.toThrow('no pepper');
    await Promise.all([narrow.hash(PASSWORD), narrow.hash(PASSWORD)]);
    await Promise.all([narrow.hash(PASSWORD), narrow.hash(PASSWORD)]);
  });
});

function brokenPepper(): KeyRing['pepper'] {
  return {
    get current(): never {
      throw new Error('no pepper');
    },
    find: () => undefined,
  };
}

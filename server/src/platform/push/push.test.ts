import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSubscriber } from '../../../test/push-service.ts';
import { generatePushKey, openPushKey } from '../crypto/push-key.ts';
import { createPush } from './push.ts';
import { isPublicAddress, isServiceName } from './push-services.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openward-push-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const open = (folder: string, createIfMissing = true) => openPushKey({ dir: folder, createIfMissing, strict: true });

describe('the push key', () => {
  it('is made once by many processes at a time, private, and stays', async () => {
    const folder = join(dir, 'many');
    const made = await Promise.all(Array.from({ length: 10 }, () => generatePushKey(folder)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect((await stat(join(folder, 'push.pem'))).mode & 0o777).toBe(0o600);
    const [first, again] = [await open(folder), await open(folder)];
    expect(first?.publicKey).toMatch(/^B[A-Za-z0-9_-]{86}$/);
    expect(again).toEqual(first);
  });

  it('is null where there is none, and refused where it is no key', async () => {
    const folder = join(dir, 'none');
    await generatePushKey(folder);
    expect(await open(join(dir, 'nothing'), false)).toBeNull();
    await writeFile(join(folder, 'push.pem'), 'no key');
    await expect(open(folder)).rejects.toThrow('push.pem is not');
  });
});

describe('what goes out', () => {
  it('goes to no address that is not on the internet, whatever a known name resolves to', async () => {
    const key = await open(join(dir, 'out'));
    if (key === null) throw new Error('no key');
    // A name of the internet for this machine: known, resolvable without a network, and not a public address.
    const push = createPush({ key, contact: 'mailto:a@example.org', services: ['localhost'], testOrigin: null });
    const { subscription } = createSubscriber('https://localhost');
    const target = { endpoint: subscription.endpoint, ...subscription.keys };
    const message = { payload: { kind: 'x' }, topic: 'x', urgency: 'normal' } as const;
    await expect(push.send(target, message)).rejects.toThrow('localhost has no public address');
    const known = createPush({ key, contact: 'mailto:a@example.org', services: ['example.org'], testOrigin: null });
    expect(await known.send(target, message)).toBe('gone');
  });

  it.each([
    ['127.0.0.1', false],
    ['10.1.2.3', false],
    ['169.254.169.254', false],
    ['100.64.0.1', false],
    ['192.168.0.1', false],
    ['0.0.0.0', false],
    ['::1', false],
    ['::ffff:10.0.0.1', false],
    ['fe80::1', false],
    ['fd00::1', false],
    ['64:ff9b::a00:1', false],
    ['2002:a00:1::', false],
    ['224.0.0.1', false],
    ['not an address', false],
    ['142.250.74.42', true],
    ['2600:1901:0:92a9::', true],
  ])('%s is public: %s', (address, expected) => {
    expect(isPublicAddress(address)).toBe(expected);
  });

  it.each(['localhost', '127.0.0.1', '*', '*.', '*.com.', 'https://a.example', 'a.example:443', 'A.example'])(
    '%s cannot be set as a service',
    (name) => {
      expect(isServiceName(name)).toBe(false);
    },
  );
});

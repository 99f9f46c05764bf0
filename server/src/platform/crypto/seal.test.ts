import { createSecretKey, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { fingerprint, seal, unseal } from './seal.ts';

const root = { kid: 'k1', key: createSecretKey(randomBytes(32)) };
const other = { kid: 'k2', key: createSecretKey(randomBytes(32)) };
const here = { purpose: 'openward test', place: 'account-1' };
const secret = Buffer.from('a secret that nobody may read');

test('what is sealed opens again, looks different each time, and shows nothing', () => {
  const [one, two] = [seal(root, here, secret), seal(root, here, secret)];
  expect(unseal(root, here, one)).toEqual(secret);
  expect(one).not.toEqual(two);
  expect(one.toString('latin1')).not.toContain('secret');
  expect(unseal(root, here, seal(root, here, Buffer.alloc(0)))).toEqual(Buffer.alloc(0));
});

test('it opens neither in another place, for another purpose nor with another key', () => {
  const sealed = seal(root, here, secret);
  expect(() => unseal(root, { ...here, place: 'account-2' }, sealed)).toThrow();
  expect(() => unseal(root, { ...here, purpose: 'openward other' }, sealed)).toThrow();
  expect(() => unseal(other, here, sealed)).toThrow();
});

test('no bit of it can be altered, and no part be missing', () => {
  const sealed = seal(root, here, secret);
  for (let at = 0; at < sealed.length; at += 1) {
    const altered = Buffer.from(sealed);
    altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
    expect(() => unseal(root, here, altered), `byte ${at}`).toThrow();
    expect(() => unseal(root, here, sealed.subarray(0, at)), `cut at ${at}`).toThrow();
  }
});

test('a fingerprint is one of its key, purpose and place', () => {
  const print = fingerprint(root, here, 'code');
  expect(fingerprint(root, here, 'code')).toEqual(print);
  const others = [
    fingerprint(other, here, 'code'),
    fingerprint(root, { ...here, place: 'account-2' }, 'code'),
    fingerprint(root, { ...here, purpose: 'openward other' }, 'code'),
    fingerprint(root, here, 'codf'),
  ];
  for (const different of others) expect(different).not.toEqual(print);
});

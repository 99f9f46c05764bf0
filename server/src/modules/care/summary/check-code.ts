import { createHash } from 'node:crypto';
import { fingerprint, type RootKey } from '#platform/crypto/seal.ts';

/** Crockford's base 32: none of its characters is taken for another. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 140 bits. */
const codeLength = 28;

/**
 * The code of what a summary says: an HMAC over its digest that nobody makes without the key. With the pepper, which is never rotated:
 * paper is older than 31 days.
 */
export function makeCode(root: RootKey, requestId: string, digest: Buffer): string {
  const bytes = fingerprint(root, { purpose: 'openward summary codes', place: requestId }, digest.toString('hex'));
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return Array.from(
    { length: codeLength },
    (_, index) => alphabet[Number.parseInt(bits.slice(index * 5, index * 5 + 5), 2)],
  ).join('');
}

/** In groups, as it is printed. */
export function showCode(code: string): string {
  return code.replaceAll(/(.{4})(?=.)/g, '$1-');
}

/** As people type it off paper: small letters, blanks, an O for the zero. Null for what can be no code. */
export function readCode(typed: string): string | null {
  const code = typed
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}]/gu, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  return new RegExp(`^[${alphabet}]{${codeLength}}$`).test(code) ? code : null;
}

/** What is kept of a code: whoever reads the database cannot print it on a paper of theirs. */
export function hashOf(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}

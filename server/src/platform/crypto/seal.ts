import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

/** A key of the ring: an encryption key for what lives shorter than a retired one, the pepper for what must last. */
export type RootKey = { readonly kid: string; readonly key: KeyObject };

/**
 * What a sealed thing is for and where it belongs. Another purpose has another key, and what is moved to another place does
 * not open.
 */
export type SealPlace = { readonly purpose: string; readonly place: string };

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts for storage (AES-256-GCM, NIST SP 800-38D). @returns iv, tag and text; keep `kid` of the root beside it. */
export function seal({ key }: RootKey, { purpose, place }: SealPlace, content: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', purposeKey(key, purpose), iv).setAAD(Buffer.from(place));
  const text = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]);
}

/** @throws Error for what was altered, moved, or sealed with another key or for another purpose. */
export function unseal({ key }: RootKey, { purpose, place }: SealPlace, sealed: Buffer): Buffer {
  const [textAt, iv] = [IV_BYTES + TAG_BYTES, sealed.subarray(0, IV_BYTES)];
  const decipher = createDecipheriv('aes-256-gcm', purposeKey(key, purpose), iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(IV_BYTES, textAt));
  return Buffer.concat([decipher.update(sealed.subarray(textAt)), decipher.final()]);
}

/** A fingerprint that nobody without the key can compute or try out (HMAC-SHA-256). */
export function fingerprint({ key }: RootKey, { purpose, place }: SealPlace, content: string): Buffer {
  return createHmac('sha256', purposeKey(key, purpose)).update(`${place}:${content}`).digest();
}

const purposeKeys = new WeakMap<KeyObject, Map<string, KeyObject>>();

/**
 * A key of its own out of the ring's, so that no key serves two purposes (RFC 5869; NIST SP 800-57 part 1, 5.2). Derived once
 * for each of the few purposes, and forgotten with the ring's. No bytes: that those are no key object, Node learns each time by an error
 * with its trace, which takes longer than to encrypt a message.
 */
function purposeKey(key: KeyObject, purpose: string): KeyObject {
  const derived = purposeKeys.get(key) ?? new Map<string, KeyObject>();
  const own = derived.get(purpose) ?? createSecretKey(Buffer.from(hkdfSync('sha256', key, '', purpose, 32)));
  purposeKeys.set(key, derived.set(purpose, own));
  return own;
}

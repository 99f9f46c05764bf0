import { sleep } from './backoff.ts';
import type { Challenge } from './error.ts';

/** The members of an ALTCHA challenge (version 2) that a solver needs. */
type Parameters = {
  readonly algorithm: string;
  /** Hexadecimal. */
  readonly nonce: string;
  readonly salt: string;
  /** Rounds of PBKDF2 for one try. */
  readonly cost: number;
  readonly keyLength: number;
  /** What the derived key has to begin with, in hexadecimal. */
  readonly keyPrefix: string;
};

/** Work that no honest server asks for is not done. */
const most = { cost: 50_000, prefixDigits: 4, tries: 200_000 };

/** So long this thread works before others get a turn. */
const turnMs = 50;

/**
 * Finds the counter that a challenge asks for, by Web Crypto, with turns for whatever else runs in this thread.
 * @returns what goes into the header `openward-proof`; null where that cannot be done: another algorithm, no Web Crypto (a
 *   page without https).
 * @throws the signal's reason.
 */
export async function solveProof(challenge: Challenge, signal?: AbortSignal): Promise<string | null> {
  const parameters = challenge.parameters as unknown as Parameters;
  const { algorithm, cost, keyPrefix, nonce, salt, keyLength } = parameters;
  const subtle = globalThis.crypto?.subtle;
  const isKnown = algorithm === 'PBKDF2/SHA-256' && cost <= most.cost && keyPrefix.length <= most.prefixDigits;
  if (subtle === undefined || !isKnown) return null;
  const password = new Uint8Array([...bytesOf(nonce), 0, 0, 0, 0]);
  const counterAt = new DataView(password.buffer, password.length - 4);
  const derivation = { name: 'PBKDF2', hash: 'SHA-256', iterations: cost, salt: bytesOf(salt) };
  let turnEndsAt = performance.now() + turnMs;
  for (let counter = 0; counter < most.tries; counter++) {
    counterAt.setUint32(0, counter);
    const key = await subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
    const derivedKey = hexOf(new Uint8Array(await subtle.deriveBits(derivation, key, keyLength * 8)));
    if (derivedKey.startsWith(keyPrefix)) return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
    if (performance.now() < turnEndsAt) continue;
    await sleep(0, signal);
    turnEndsAt = performance.now() + turnMs;
  }
  return null;
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

import { createPublicKey, type JsonWebKey } from 'node:crypto';

/** EdDSA, ES256, RS256 (RFC 9053, RFC 8812): the first that an authenticator knows is taken. */
export const algorithms = [-8, -7, -257];

/** A key as CBOR has it: values by label (RFC 9053, section 7). */
export type CoseKey = ReadonlyMap<number, unknown>;

const leastRsaBits = 2048;

/**
 * Whether a COSE key is a whole one of its algorithm: the point on its curve, the modulus long enough (NIST SP 800-131A). The
 * library looks at a key only when it verifies with it, and that would be too late: nobody could log in with it.
 * @throws Error as well, for what is no key at all.
 */
export function isUsableKey(cose: CoseKey): boolean {
  const jwk = jwkOf(cose);
  if (jwk === null) return false;
  const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey({ key: jwk, format: 'jwk' });
  return asymmetricKeyType !== 'rsa' || (asymmetricKeyDetails?.modulusLength ?? 0) >= leastRsaBits;
}

/** 1 is the kind of key, 3 the algorithm, the negative labels are by kind. */
function jwkOf(key: CoseKey): JsonWebKey | null {
  const member = (label: number) => {
    const value = key.get(label);
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64url') : '';
  };
  const kind = [key.get(1), key.get(3)].join(' ');
  if (kind === '1 -8' && key.get(-1) === 6) return { kty: 'OKP', crv: 'Ed25519', x: member(-2) };
  if (kind === '2 -7' && key.get(-1) === 1) return { kty: 'EC', crv: 'P-256', x: member(-2), y: member(-3) };
  if (kind === '3 -257') return { kty: 'RSA', n: member(-1), e: member(-2) };
  return null;
}

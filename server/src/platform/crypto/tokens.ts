import { createCipheriv, createHmac, randomUUID } from 'node:crypto';
import { CompactSign } from 'jose';
import type { EncryptionKey, KeyRing, SigningKey } from './key-ring.ts';
import { createVerifiedCache } from './verified-cache.ts';
import { openNestedToken, TokenError, type TokenKind, TYP_OF_KIND } from './verify-token.ts';

export { TokenError } from './verify-token.ts';

/** Claims of access and refresh tokens, verified. Times are in seconds since 1970 (RFC 7519 NumericDate). */
export type SessionClaims = {
  readonly sub: string;
  readonly sid: string;
  readonly role: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
};
/** Without what is only compared when one is opened: thousands are remembered. */
export type AccessClaims = Omit<SessionClaims, 'jti' | 'iat'>;
export type RefreshClaims = SessionClaims;
export type EmailClaims = Omit<SessionClaims, 'sid'> & { readonly purpose: string };

/** What makes a token reproducible: the same input with the same keys gives the same bytes. */
export type MintOptions = {
  /** Default: a new random one. */
  readonly jti?: string;
  /** Default: now. Fractions of a second are cut off. */
  readonly issuedAt?: Date;
  /** Default: the current keys. From an earlier {@link MintedToken.kids}, to mint the same bytes across a rotation. */
  readonly kids?: TokenKids;
};
export type TokenKids = { readonly signing: string; readonly encryption: string };
export type MintedToken = {
  readonly token: string;
  readonly jti: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly kids: TokenKids;
};

export type SessionTokenInput = MintOptions & { readonly sub: string; readonly sid: string; readonly role: string };
export type EmailTokenInput = MintOptions & { readonly sub: string; readonly role: string; readonly purpose: string };

/** Mints and verifies the three kinds of tokens. Every `verify…` rejects with a {@link TokenError} and nothing else. */
export type Tokens = {
  mintAccess(input: SessionTokenInput): Promise<MintedToken>;
  mintRefresh(input: SessionTokenInput): Promise<MintedToken>;
  mintEmail(input: EmailTokenInput): Promise<MintedToken>;
  verifyAccess(token: string): Promise<AccessClaims>;
  /** What {@link verifyAccess} says, if it has said so of this very token not long ago. */
  recallAccess(token: string): AccessClaims | null;
  /** Whether this very token was verified here not long ago, and has not run out. */
  remembersAccess(token: string): boolean;
  verifyRefresh(token: string): Promise<RefreshClaims>;
  verifyEmail(token: string, purpose: string): Promise<EmailClaims>;
};

const MINUTE_S = 60;
const DAY_S = 24 * 60 * MINUTE_S;
export const ACCESS_LIFETIME_S = 15 * MINUTE_S;
export const REFRESH_LIFETIME_S = 30 * DAY_S;
const EMAIL_LIFETIME_S = 20 * MINUTE_S;
/**
 * The links that may wait for their reader: one opens an account and changes none, the other gives a stolen account back to
 * somebody who sleeps, travels or is ill (decision 0015).
 */
const PATIENT_LINKS_S: ReadonlyMap<string, number> = new Map([
  ['verify-email', DAY_S],
  ['undo-email-change', 7 * DAY_S],
]);

const IV_BYTES = 12;
const CACHE_SIZE = 10_000;

/**
 * Nested JWTs (RFC 7519 section 11.2): claims signed with RS256, then encrypted with `dir` and A256GCM.
 *
 * Minting is a pure function of the keys and the claims. RS256 (PKCS #1 v1.5) is deterministic, and the IV is not random but
 * the first 96 bits of an HMAC-SHA-256 over the signed JWT. So a token can be given out again byte by byte, from any node,
 * without ever being stored: for that the same `jti`, `issuedAt` and `kids` are passed.
 *
 * Why that is safe: GCM breaks when one key meets the same IV with two plaintexts. Here the same plaintext gives the same IV and
 * the same ciphertext, which tells an observer only that two tokens are equal; a different plaintext gives an unrelated IV.
 * Two of q different tokens collide with a probability near q²/2⁹⁷, exactly as random IVs would: below 2⁻³² for 2³² tokens under
 * one key, the limit that NIST SP 800-38D section 8.3 sets for random IVs.
 */
export function createTokens(options: {
  keys: KeyRing;
  /** `iss`; only this one is accepted. */
  issuer: string;
  /** `aud`; only this one is accepted. */
  audience: string;
  now: () => Date;
}): Tokens {
  const { keys, issuer, audience, now } = options;
  const cache = createVerifiedCache<AccessClaims>({ size: CACHE_SIZE, now, generation: () => keys.generation });

  async function mint(
    kind: TokenKind,
    claims: { sub: string; role: string; sid?: string; purpose?: string },
    lifetimeS: number,
    { jti = randomUUID(), issuedAt = now(), kids }: MintOptions,
  ): Promise<MintedToken> {
    const signing = keyFor(keys.signing, kids?.signing);
    const encryption = keyFor(keys.encryption, kids?.encryption);
    const iat = Math.floor(issuedAt.getTime() / 1000);
    const exp = iat + lifetimeS;
    // The order of the members is part of the bytes, so it is spelled out here and nowhere else.
    const { sub, sid, role, purpose } = claims;
    const payload = { iss: issuer, aud: audience, sub, jti, sid, role, purpose, iat, exp };
    const token = encrypt(await sign(payload, TYP_OF_KIND[kind], signing), encryption);
    return {
      token,
      jti,
      issuedAt: new Date(iat * 1000),
      expiresAt: new Date(exp * 1000),
      kids: { signing: signing.kid, encryption: encryption.kid },
    };
  }

  const open = (kind: TokenKind, token: string) =>
    openNestedToken(token, { kind, keys, issuer, audience, lifetimeS: longestLifetimeS(kind), now: now() });

  return {
    mintAccess: ({ sub, sid, role, ...rest }) => mint('access', { sub, sid, role }, ACCESS_LIFETIME_S, rest),
    mintRefresh: ({ sub, sid, role, ...rest }) => mint('refresh', { sub, sid, role }, REFRESH_LIFETIME_S, rest),
    mintEmail: ({ sub, role, purpose, ...rest }) =>
      mint('email', { sub, role, purpose }, emailLifetimeS(purpose), rest),
    verifyAccess: (token) =>
      cache.through(token, async () => {
        const { sub, sid, role, exp } = await open('access', token);
        return { sub, sid: requireText(sid, 'sid'), role, exp };
      }),
    recallAccess: (token) => cache.find(token),
    remembersAccess: (token) => cache.has(token),
    async verifyRefresh(token) {
      const { sub, sid, role, jti, iat, exp } = await open('refresh', token);
      return { sub, sid: requireText(sid, 'sid'), role, jti, iat, exp };
    },
    async verifyEmail(token, purpose) {
      const { sub, role, jti, iat, exp, ...rest } = await open('email', token);
      const found = requireText(rest.purpose, 'purpose');
      if (found !== purpose) throw new TokenError('wrong-kind', `an email token for ${found}`);
      if (exp - iat > emailLifetimeS(found))
        throw new TokenError('wrong-claims', 'exp is further than this purpose lives');
      return { sub, role, purpose: found, jti, iat, exp };
    },
  };
}

async function sign(payload: object, typ: string, key: SigningKey): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'RS256', typ, kid: key.kid })
    .sign(key.privateKey);
}

/** RFC 7516 section 5.1 for `dir`. By hand because jose takes an IV only for tests; it reads what is written here. */
function encrypt(jwt: string, key: EncryptionKey): string {
  const header = encodeText(JSON.stringify({ alg: 'dir', enc: 'A256GCM', cty: 'JWT', kid: key.kid }));
  const iv = createHmac('sha256', key.ivKey).update(jwt).digest().subarray(0, IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.key, iv).setAAD(Buffer.from(header, 'ascii'));
  const ciphertext = Buffer.concat([cipher.update(jwt, 'ascii'), cipher.final()]);
  // The empty part is the encrypted key, which `dir` has none of.
  return [header, '', ...[iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join('.');
}

function keyFor<K>(set: { readonly current: K; find(kid: string): K | undefined }, kid: string | undefined): K {
  if (kid === undefined) return set.current;
  const key = set.find(kid);
  if (key === undefined) throw new Error(`Cannot mint with key ${kid}: it is not in the key ring any more`);
  return key;
}

function longestLifetimeS(kind: TokenKind): number {
  return { access: ACCESS_LIFETIME_S, refresh: REFRESH_LIFETIME_S, email: Math.max(...PATIENT_LINKS_S.values()) }[kind];
}

/** Seconds that a mailed link of a purpose is good for (contract, section 2). */
export function emailLifetimeS(purpose: string): number {
  return PATIENT_LINKS_S.get(purpose) ?? EMAIL_LIFETIME_S;
}

function requireText(value: string | undefined, claim: string): string {
  if (value === undefined) throw new TokenError('wrong-claims', `no ${claim}`);
  return value;
}

function encodeText(text: string): string {
  return Buffer.from(text).toString('base64url');
}

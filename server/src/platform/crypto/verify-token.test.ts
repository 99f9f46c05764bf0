import { createCipheriv, createHash, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { CompactEncrypt, CompactSign, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type KeyRing, openKeyRing } from './key-ring.ts';
import { createTokens, TokenError, type Tokens } from './tokens.ts';

const ISSUER = 'https://care.example';
const AUDIENCE = 'openward';
const PERSON = {
  sub: '019a0000-0000-7000-8000-00000000000a',
  sid: '019a0000-0000-7000-8000-00000000000b',
  role: 'patient',
};

let dir: string;
let keys: KeyRing;
let tokens: Tokens;
let atMs: number;
const now = () => new Date(atMs);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openward-tokens-'));
  keys = await openKeyRing({ dir, createIfMissing: true, strict: true });
});

afterAll(async () => {
  keys.close();
  await rm(dir, { recursive: true, force: true });
});

beforeEach(() => {
  atMs = Date.parse('2026-03-01T12:00:00Z');
  tokens = createTokens({ keys, issuer: ISSUER, audience: AUDIENCE, now });
});

/** A forger with all the keys: what each test changes is then the only thing wrong. */
type Forgery = {
  claims?: Record<string, unknown> | undefined;
  inner?: Record<string, unknown> | undefined;
  outer?: Record<string, unknown> | undefined;
  signingKey?: KeyObject | Uint8Array | undefined;
  encryptionKey?: KeyObject | Uint8Array | undefined;
  signed?: string | undefined;
};

async function forge({ claims, inner, outer, signingKey, encryptionKey, signed }: Forgery = {}): Promise<string> {
  const jwt = signed ?? (await signInner({ claims, inner, signingKey }));
  return new CompactEncrypt(Buffer.from(jwt))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', cty: 'JWT', kid: keys.encryption.current.kid, ...outer })
    .encrypt(encryptionKey ?? keys.encryption.current.key, { crit: { 'x-unknown': true } });
}

function signInner({ claims, inner, signingKey }: Pick<Forgery, 'claims' | 'inner' | 'signingKey'>): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(withoutUndefined({ ...goodClaims(), ...claims }))))
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: keys.signing.current.kid, ...inner })
    .sign(signingKey ?? keys.signing.current.privateKey);
}

function goodClaims() {
  const iat = Math.floor(atMs / 1000);
  return { iss: ISSUER, aud: AUDIENCE, ...PERSON, jti: '019a0000-0000-7000-8000-00000000000c', iat, exp: iat + 900 };
}

const withoutUndefined = (value: object) =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));

async function reasonOf(verified: Promise<unknown>): Promise<string> {
  const outcome = await verified.then(
    () => 'accepted',
    (error: unknown) => error,
  );
  if (outcome === 'accepted') return outcome;
  expect(outcome).toBeInstanceOf(TokenError);
  return outcome instanceof TokenError ? outcome.reason : 'another error';
}

const refusal = async (token: string) => reasonOf(tokens.verifyAccess(token));

describe('forgeries', () => {
  it('accepts what the forger makes when it changes nothing', async () => {
    expect(await refusal(await forge())).toBe('accepted');
  });

  it('gives no purpose the life of another', async () => {
    const iat = atMs / 1000;
    const claims = { purpose: 'reset-password', iat, exp: iat + 24 * 3600 };
    expect(
      await reasonOf(tokens.verifyEmail(await forge({ claims, inner: { typ: 'et+jwt' } }), 'reset-password')),
    ).toBe('wrong-claims');
  });

  const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

  it('refuses an unsigned JWT inside', async () => {
    const unsigned = new UnsecuredJWT(goodClaims()).encode();
    expect(await refusal(await forge({ signed: unsigned }))).toBe('forged');
    const header = (members: object) => Buffer.from(JSON.stringify(members)).toString('base64url');
    const payload = unsigned.split('.')[1];
    for (const alg of ['none', 'None', 'RS256']) {
      const kid = keys.signing.current.kid;
      expect(await refusal(await forge({ signed: `${header({ alg, typ: 'at+jwt', kid })}.${payload}.` }))).toBe(
        'forged',
      );
      expect(await refusal(await forge({ signed: `${header({ alg, typ: 'at+jwt', kid })}.${payload}.AAAA` }))).toBe(
        'forged',
      );
    }
    expect(await refusal(await forge({ signed: JSON.stringify(goodClaims()) }))).toBe('forged');
  });

  it('refuses HS256 with the public key as its secret', async () => {
    const pem = keys.signing.current.publicKey.export({ type: 'spki', format: 'pem' });
    for (const secret of [
      Buffer.from(pem),
      Buffer.from(pem.toString().trim()),
      Buffer.from(JSON.stringify(keys.jwks())),
    ]) {
      const signed = await new SignJWT(goodClaims())
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: keys.signing.current.kid })
        .sign(secret);
      expect(await refusal(await forge({ signed }))).toBe('forged');
    }
  });

  it.each(['RS384', 'RS512', 'PS256'])('refuses %s with our own key', async (alg) => {
    const { privateKey } = keys.signing.current;
    expect(await refusal(await forge({ inner: { alg }, signingKey: privateKey }))).toBe('forged');
  });

  it.each([{ alg: 'A256KW' }, { alg: 'A256GCMKW' }])('refuses a key wrapped with our own key: %o', async (outer) => {
    expect(await refusal(await forge({ outer }))).toBe('malformed');
  });

  it.each([
    { alg: 'A256KW' },
    { alg: 'A256GCMKW' },
    { enc: 'A128GCM' },
    { enc: 'A256CBC-HS512' },
    { cty: 'jwt' },
    { cty: '' },
  ])('refuses another outer algorithm or content in the shape of ours: %o', async (change) => {
    const header = { alg: 'dir', enc: 'A256GCM', cty: 'JWT', kid: keys.encryption.current.kid };
    const jwt = await signInner({});
    expect(await refusal(encryptByHand(header, jwt))).toBe('accepted');
    expect(await refusal(encryptByHand({ ...header, ...change }, jwt))).toBe('forged');
  });

  it.each([
    { zip: 'DEF' },
    { jwk: otherRsa.publicKey.export({ format: 'jwk' }) },
    { jku: 'https://evil.example/keys' },
    { x5u: 'https://evil.example/cert' },
    { x5c: [] },
    { crit: ['x-unknown'], 'x-unknown': 1 },
    { epk: {} },
    { typ: 'JWT' },
    { p2c: 1 },
  ])('refuses a further member in the outer header: %o', async (outer) => {
    const jwt = await signInner({});
    const header = { alg: 'dir', enc: 'A256GCM', cty: 'JWT', kid: keys.encryption.current.kid, ...outer };
    expect(await refusal(encryptByHand(header, jwt))).toBe('forged');
  });

  it.each([
    { jwk: otherRsa.publicKey.export({ format: 'jwk' }) },
    { jku: 'https://evil.example/keys' },
    { x5u: 'https://evil.example/cert' },
    { cty: 'JWT' },
  ])('refuses a further member in the inner header: %o', async (inner) => {
    expect(await refusal(await forge({ inner }))).toBe('forged');
    expect(await refusal(await forge({ inner, signingKey: otherRsa.privateKey }))).toBe('forged');
  });

  it('refuses other keys', async () => {
    expect(await refusal(await forge({ signingKey: otherRsa.privateKey }))).toBe('forged');
    expect(await refusal(await forge({ encryptionKey: randomBytes(32) }))).toBe('forged');
    expect(await refusal(await forge({ inner: { kid: 'nobody' } }))).toBe('unknown-key');
    expect(await refusal(await forge({ outer: { kid: 'nobody' } }))).toBe('unknown-key');
    // Each kid has its kind: the name of an encryption key names no signing key.
    expect(await refusal(await forge({ inner: { kid: keys.encryption.current.kid } }))).toBe('unknown-key');
    for (const kid of ['__proto__', 'constructor', 'toString'])
      expect(await refusal(await forge({ outer: { kid } }))).toBe('unknown-key');
  });

  it.each([
    ['iss', 'https://evil.example'],
    ['iss', undefined],
    ['aud', 'other'],
    ['aud', [AUDIENCE, 'other']],
    ['aud', undefined],
    ['sub', undefined],
    ['sub', ''],
    ['sub', 7],
    ['jti', undefined],
    ['jti', null],
    ['sid', undefined],
    ['sid', { $ne: null }],
    ['role', undefined],
    ['role', ['admin']],
    ['iat', undefined],
    ['iat', 4_000_000_000],
    ['exp', undefined],
    ['exp', 4_000_000_000],
    ['nbf', 4_000_000_000],
  ])('refuses a signed token whose %s is %o', async (claim, value) => {
    expect(['wrong-claims', 'malformed']).toContain(await refusal(await forge({ claims: { [claim]: value } })));
  });

  // As no database takes them: an answer, and not an error of it.
  it.each(['sub', 'sid', 'jti'])('refuses a signed token whose %s is no id', async (claim) => {
    for (const value of ['zz', '\0', 'a'.repeat(36), ` ${PERSON.sub}`, PERSON.sub.toUpperCase()])
      expect(await refusal(await forge({ claims: { [claim]: value } })), value).toBe('wrong-claims');
  });

  it.each(['JWT', 'rt+jwt', 'AT+JWT', 'application/at+jwt', ''])('refuses the typ %o', async (typ) => {
    expect(await refusal(await forge({ inner: { typ } }))).toBe('wrong-kind');
  });

  it('refuses what is truncated, oversized or no token at all', async () => {
    const { token } = await tokens.mintAccess(PERSON);
    for (let length = 0; length < token.length; length += 41) {
      expect(await refusal(token.slice(0, length))).not.toBe('accepted');
    }
    const parts = token.split('.');
    for (const text of [
      '',
      '.',
      '....',
      `${token}.`,
      `${token}=`,
      ` ${token}`,
      parts.slice(0, 4).join('.'),
      'a'.repeat(4097),
    ]) {
      expect(await refusal(text)).toBe('malformed');
    }
    expect(await refusal(await forge({ claims: { role: 'x'.repeat(4096) } }))).toBe('malformed');
  });

  it('accepts one spelling of a token only', async () => {
    const { token } = await tokens.mintAccess(PERSON);
    // The last of 22 characters holds 4 spare bits, which lenient decoders ignore.
    const spellings = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].map(
      (last) => token.slice(0, -1) + last,
    );
    const reasons = await Promise.all(spellings.map(refusal));
    expect(reasons.filter((reason) => reason === 'accepted')).toHaveLength(1);
  });

  it('survives random mutations: never accepted, never another error', async () => {
    const { token } = await tokens.mintAccess(PERSON);
    const character = fc.oneof(
      fc.constantFrom(...'AZaz09-_.={"'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }),
    );
    const mutation = fc.tuple(fc.nat(token.length - 1), fc.nat(3), character);
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
        const mutated = mutations.reduce(
          (text, [at, removed, added]) => text.slice(0, at) + added + text.slice(at + removed),
          token,
        );
        fc.pre(mutated !== token);
        expect(await refusal(mutated)).not.toBe('accepted');
      }),
      { numRuns: 4000 },
    );
  });
});

/** A JWE with any header, right in every other way: jose would not write these. */
function encryptByHand(header: object, jwt: string): string {
  const encoded = Buffer.from(JSON.stringify(header)).toString('base64url');
  const iv = createHash('sha256').update(jwt).digest().subarray(0, 12);
  const cipher = createCipheriv('aes-256-gcm', keys.encryption.current.key, iv).setAAD(Buffer.from(encoded));
  const ciphertext = Buffer.concat([cipher.update(jwt), cipher.final()]);
  return [encoded, '', ...[iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join('.');
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type KeyRing, openKeyRing, rotateKeys } from './key-ring.ts';
import { createTokens, TokenError, type Tokens } from './tokens.ts';

const ISSUER = 'https://care.example';
const AUDIENCE = 'openward';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
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

describe('round trip', () => {
  it('gives the claims of an access token back for 15 minutes', async () => {
    const { token, expiresAt } = await tokens.mintAccess(PERSON);
    expect(await tokens.verifyAccess(token)).toEqual({ ...PERSON, exp: atMs / 1000 + 900 });
    expect(expiresAt).toEqual(new Date(atMs + 15 * MINUTE_MS));
    expect(token.length).toBeLessThan(1800);
  });

  it.each([
    ['access', 15 * MINUTE_MS],
    ['refresh', 30 * DAY_MS],
    ['verify-email', DAY_MS],
    ['reset-password', 20 * MINUTE_MS],
  ])('%s lives as long as the contract says', async (name, lifetimeMs) => {
    const minted = { access: tokens.mintAccess(PERSON), refresh: tokens.mintRefresh(PERSON) }[name];
    const { token } = await (minted ?? tokens.mintEmail({ ...PERSON, purpose: name }));
    const verify = () => {
      if (name === 'access') return tokens.verifyAccess(token);
      return name === 'refresh' ? tokens.verifyRefresh(token) : tokens.verifyEmail(token, name);
    };
    atMs += lifetimeMs - 1000;
    await expect(verify()).resolves.toMatchObject({ sub: '019a0000-0000-7000-8000-00000000000a' });
    // The clock tolerance is 5 s.
    atMs += 7000;
    expect(await reasonOf(verify())).toBe('expired');
  });

  it('shows no claim to who holds the token', async () => {
    const { token } = await tokens.mintAccess(PERSON);
    expect(Buffer.from(token, 'base64url').toString('latin1')).not.toContain('019a0000-0000-7000-8000-00000000000a');
    expect(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())).toEqual({
      alg: 'dir',
      enc: 'A256GCM',
      cty: 'JWT',
      kid: keys.encryption.current.kid,
    });
  });
});

describe('minting again', () => {
  it('gives the same bytes for the same input, also after a rotation', async () => {
    const first = await tokens.mintRefresh(PERSON);
    await rotateKeys({ dir });
    await keys.refresh();
    expect(keys.signing.current.kid).not.toBe(first.kids.signing);
    atMs += 20_000;
    const other = createTokens({ keys, issuer: ISSUER, audience: AUDIENCE, now });
    const again = await other.mintRefresh({ ...PERSON, jti: first.jti, issuedAt: first.issuedAt, kids: first.kids });
    expect(again).toEqual(first);
    await expect(tokens.verifyRefresh(first.token)).resolves.toMatchObject({ jti: first.jti });
  });

  it('uses another IV for other claims', async () => {
    const minted = await Promise.all(Array.from({ length: 200 }, () => tokens.mintAccess(PERSON)));
    expect(new Set(minted.map(({ token }) => token.split('.')[2])).size).toBe(200);
  });

  it('does not mint with a key that is gone', async () => {
    await expect(tokens.mintRefresh({ ...PERSON, kids: { signing: 'gone', encryption: 'gone' } })).rejects.toThrow(
      'gone',
    );
  });
});

describe('kinds', () => {
  it('never accepts one for another', async () => {
    const access = (await tokens.mintAccess(PERSON)).token;
    const refresh = (await tokens.mintRefresh(PERSON)).token;
    const email = (await tokens.mintEmail({ ...PERSON, purpose: 'verify-email' })).token;
    for (const token of [refresh, email]) expect(await reasonOf(tokens.verifyAccess(token))).toBe('wrong-kind');
    for (const token of [access, email]) expect(await reasonOf(tokens.verifyRefresh(token))).toBe('wrong-kind');
    for (const token of [access, refresh])
      expect(await reasonOf(tokens.verifyEmail(token, 'verify-email'))).toBe('wrong-kind');
    expect(await reasonOf(tokens.verifyEmail(email, 'reset-password'))).toBe('wrong-kind');
  });
});

describe('the cache of verified tokens', () => {
  it('compares the expiry on each hit', async () => {
    const { token } = await tokens.mintAccess(PERSON);
    const first = await tokens.verifyAccess(token);
    expect(await tokens.verifyAccess(token)).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
    atMs += 15 * MINUTE_MS + 6000;
    expect(await refusal(token)).toBe('expired');
  });

  it('is no way around the kind', async () => {
    const { token } = await tokens.mintAccess(PERSON);
    await tokens.verifyAccess(token);
    expect(await reasonOf(tokens.verifyRefresh(token))).toBe('wrong-kind');
  });

  it('forgets everything when the keys change', async () => {
    const { token } = await tokens.mintAccess(PERSON);
    const state = { generation: 1, encryption: keys.encryption };
    const ring: KeyRing = {
      signing: keys.signing,
      pepper: keys.pepper,
      jwks: keys.jwks,
      refresh: keys.refresh,
      close: keys.close,
      get generation() {
        return state.generation;
      },
      get encryption() {
        return state.encryption;
      },
    };
    const guarded = createTokens({ keys: ring, issuer: ISSUER, audience: AUDIENCE, now });
    await guarded.verifyAccess(token);
    state.encryption = { current: keys.encryption.current, find: () => undefined };
    await guarded.verifyAccess(token);
    state.generation = 2;
    expect(await reasonOf(guarded.verifyAccess(token))).toBe('unknown-key');
  });
});

it('accepts a token minted with a key that this node has not seen yet', async () => {
  const other = await openKeyRing({ dir, createIfMissing: false, strict: true });
  await rotateKeys({ dir });
  await keys.refresh();
  const { token } = await tokens.mintAccess(PERSON);
  const late = createTokens({ keys: other, issuer: ISSUER, audience: AUDIENCE, now });
  await expect(late.verifyAccess(token)).resolves.toMatchObject(PERSON);
  other.close();
});

import { compactDecrypt, errors, jwtVerify } from 'jose';
import type { KeyRing, KeySet } from './key-ring.ts';

export type TokenKind = 'access' | 'refresh' | 'email';

/**
 * Why a token was refused, for the log. The caller learns none of it.
 * `malformed` is no token at all, `unknown-key` names a key that is not ours, `forged` fails a signature, a decryption or uses what
 * is not allowed, `wrong-kind` is a good token of another kind or purpose, `wrong-claims` is signed but not for here.
 */
export type TokenErrorReason = 'malformed' | 'unknown-key' | 'forged' | 'wrong-kind' | 'wrong-claims' | 'expired';

/** A token that is not accepted. The message is for the log and holds nothing of the token's claims. */
export class TokenError extends Error {
  readonly reason: TokenErrorReason;

  constructor(reason: TokenErrorReason, detail: string, cause?: unknown) {
    super(`Token refused (${reason}): ${detail}`, cause === undefined ? undefined : { cause });
    this.name = 'TokenError';
    this.reason = reason;
  }
}

/** Claims whose types were checked; which of `sid` and `purpose` must be there is the caller's to say. */
export type OpenedClaims = {
  readonly sub: string;
  readonly role: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly sid?: string;
  readonly purpose?: string;
};

export const TYP_OF_KIND = { access: 'at+jwt', refresh: 'rt+jwt', email: 'et+jwt' } as const;

/** Ours are near 1.3 kB; a cookie holds no more than 4 kB (RFC 6265 section 6.1). */
export const TOKEN_LIMIT_CHARS = 4096;
const CLOCK_TOLERANCE_S = 5;

/** Five parts, no encrypted key, an IV of 96 bits and a tag of 128: all that `dir` with A256GCM can look like. */
const OUTER_SHAPE = /^[A-Za-z0-9_-]{1,1024}\.\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{22}$/;
const ID_SHAPE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const INNER_SHAPE = /^[A-Za-z0-9_-]{1,1024}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

type Expectation = {
  readonly kind: TokenKind;
  readonly keys: KeyRing;
  readonly issuer: string;
  readonly audience: string;
  /** The longest that a token of this kind may live, in seconds. */
  readonly lifetimeS: number;
  readonly now: Date;
};

/**
 * Decrypts a nested token, verifies the signature inside and compares every claim. Decrypting alone proves nothing: only what the
 * signature covers is believed (CVE-2026-29000). Algorithms, types and header members are pinned (RFC 8725 sections 3.1,
 * 3.2, 3.10 and 3.11; ASVS 5.0 V9.1 and V9.2).
 *
 * @throws TokenError always, whatever the input.
 */
export async function openNestedToken(token: string, expected: Expectation): Promise<OpenedClaims> {
  try {
    checkOuterShape(token);
    const signed = await decrypt(token, expected.keys);
    return await verifySigned(signed, expected);
  } catch (error) {
    throw asTokenError(error);
  }
}

function checkOuterShape(token: unknown): asserts token is string {
  if (typeof token !== 'string') throw new TokenError('malformed', 'not a string');
  if (token.length > TOKEN_LIMIT_CHARS)
    throw new TokenError('malformed', `longer than ${TOKEN_LIMIT_CHARS} characters`);
  if (!OUTER_SHAPE.test(token)) throw new TokenError('malformed', 'not five parts with an empty second one');
  // Lenient decoders ignore the spare bits at a part's end: without this, one token would have several spellings.
  if (!token.split('.').every(isCanonical)) throw new TokenError('malformed', 'a part is not canonical base64url');
}

async function decrypt(token: string, keys: KeyRing): Promise<string> {
  const header = readHeader(token, ['alg', 'cty', 'enc', 'kid']);
  if (header['alg'] !== 'dir' || header['enc'] !== 'A256GCM' || header['cty'] !== 'JWT') {
    throw new TokenError('forged', 'another alg, enc or cty outside');
  }
  const { key } = await findKey(keys, keys.encryption, header['kid']);
  const { plaintext } = await compactDecrypt(token, key, {
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM'],
  });
  return Buffer.from(plaintext).toString('latin1');
}

async function verifySigned(signed: string, expected: Expectation): Promise<OpenedClaims> {
  const { kind, keys, issuer, audience, lifetimeS, now } = expected;
  if (!INNER_SHAPE.test(signed)) throw new TokenError('forged', 'no signed JWT inside');
  const header = readHeader(signed, ['alg', 'kid', 'typ']);
  if (header['alg'] !== 'RS256') throw new TokenError('forged', 'another alg inside');
  const { publicKey } = await findKey(keys, keys.signing, header['kid']);
  const typ = TYP_OF_KIND[kind];
  const { payload } = await jwtVerify(signed, publicKey, {
    algorithms: ['RS256'],
    issuer,
    audience,
    requiredClaims: ['iss', 'aud', 'sub', 'jti', 'role', 'iat', 'exp'],
    clockTolerance: CLOCK_TOLERANCE_S,
    // Also refuses an `iat` in the future.
    maxTokenAge: lifetimeS,
    currentDate: now,
  }).catch((error: unknown) => {
    // A token that is both expired and of another kind is of another kind: that is what the log should say.
    if (error instanceof errors.JWTExpired && header['typ'] !== typ) throw wrongKind();
    throw error;
  });
  if (header['typ'] !== typ) throw wrongKind();
  return checkClaims(payload, audience, lifetimeS);
}

function checkClaims(payload: Record<string, unknown>, audience: string, lifetimeS: number): OpenedClaims {
  const { sub, role, jti, iat, exp, sid, purpose } = payload;
  // jose takes a list that has our name among others; a token for several audiences is none of ours.
  if (payload['aud'] !== audience) throw new TokenError('wrong-claims', 'aud is not ours alone');
  if (!isId(sub) || !isText(role) || !isId(jti))
    throw new TokenError('wrong-claims', 'sub or jti is no id, or role is not text');
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp))
    throw new TokenError('wrong-claims', 'iat or exp is not whole');
  if (typeof iat !== 'number' || typeof exp !== 'number' || exp - iat > lifetimeS) {
    throw new TokenError('wrong-claims', 'exp is further than this kind lives');
  }
  if (!(sid === undefined || isId(sid)) || !(purpose === undefined || isText(purpose))) {
    throw new TokenError('wrong-claims', 'sid is no id, or purpose is not text');
  }
  return { sub, role, jti, iat, exp, ...(sid !== undefined && { sid }), ...(purpose !== undefined && { purpose }) };
}

/** The protected header when it has exactly these members, so no `zip`, `crit`, `jwk`, `jku`, `x5u`, `epk` or what comes next. */
function readHeader(token: string, members: readonly string[]): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8'));
  } catch (error) {
    throw new TokenError('malformed', 'a header is not JSON', error);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new TokenError('malformed', 'a header is not an object');
  }
  const found = Object.keys(header);
  if (found.length !== members.length || !members.every((member) => found.includes(member))) {
    throw new TokenError('forged', `a header has other members than ${members.join(', ')}`);
  }
  return { ...header };
}

async function findKey<K>(keys: KeyRing, set: KeySet<K>, kid: unknown): Promise<K> {
  if (!isText(kid)) throw new TokenError('malformed', 'kid is not text');
  const known = set.find(kid);
  if (known !== undefined) return known;
  // Another node may have minted with a key that it found seconds before this one would.
  await keys.refresh();
  const found = set.find(kid);
  if (found === undefined) throw new TokenError('unknown-key', 'kid names no key of ours');
  return found;
}

function asTokenError(error: unknown): TokenError {
  if (error instanceof TokenError) return error;
  if (error instanceof errors.JWTExpired) return new TokenError('expired', error.message);
  if (error instanceof errors.JWTClaimValidationFailed) return new TokenError('wrong-claims', error.message);
  if (error instanceof errors.JWTInvalid) return new TokenError('malformed', error.message);
  return new TokenError('forged', error instanceof Error ? error.message : 'unknown', error);
}

function wrongKind(): TokenError {
  return new TokenError('wrong-kind', 'a token of another kind');
}

function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}

/** As the database takes it: what is no UUID there is an error, and no answer. */
function isId(value: unknown): value is string {
  return typeof value === 'string' && ID_SHAPE.test(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0;
}

import { type Contract, type ProblemCode, problems } from '@openward/contracts';
import { asksForFactor } from '../second-factor.ts';
import type { Example, JsonSchema, MediaType, Reply } from './types.ts';

const details: Partial<Record<ProblemCode, string>> = {
  'invalid-request': 'fullName is required.',
  'weak-password': 'This password is among the most used ones.',
  'session-ended': 'Log in again.',
  'cross-site': 'A call with cookies must come from the portal (Sec-Fetch-Site or Origin header).',
  forbidden: 'This is for doctor accounts; yours is a patient account.',
  'doctor-not-approved': 'An admin has to approve your account first.',
  'mfa-setup-required': 'Set up a second factor with POST /auth/mfa/passkeys or POST /auth/mfa/totp first.',
  'reauthentication-required': 'Call POST /auth/reauthenticate with password, code or passkey, then try again.',
  'idempotency-key-reused': 'Use a new Idempotency-Key for another call.',
  'proof-required': 'Solve the challenge and send the call again, with the solution in the header openward-proof.',
  'temporarily-blocked': 'Too much looked like an attack. Try again in 540 s, or write to the clinic.',
  'rate-limited': 'Too many calls. Try again in 12 s.',
  unavailable: 'A database is away for the moment. Try again shortly.',
};

const extraMembers: Partial<Record<ProblemCode, object>> = {
  'invalid-request': { errors: [{ path: 'fullName', code: 'required', detail: 'fullName is required.' }] },
  'mfa-required': { factors: ['totp', 'passkey'] },
  'proof-required': {
    challenge: {
      parameters: {
        algorithm: 'PBKDF2/SHA-256',
        cost: 2000,
        data: { for: 'Yk3uV0…', kid: '2026-11-01-a' },
        expiresAt: 1_795_512_600,
        keyLength: 32,
        keyPrefix: '00',
        nonce: '5d41402abc4b2a76b9719d911017c592',
        salt: '7d793037a0760186574b0282f2f435e7',
      },
      signature: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    },
  },
  'account-banned': { reason: 'Insulted a patient', until: '2026-11-29T09:30:00.000Z' },
};

/** True for what `Idempotency-Key` works with: calls that create, made by somebody, whose body is small enough to compare. */
export function takesIdempotencyKey({ method, replies, who, upload }: Contract): boolean {
  return method === 'POST' && '201' in replies && who !== 'anyone' && upload === undefined;
}

/** Every code that a route may answer: its own, and those of every route of its kind. */
export function problemCodes(contract: Contract): ProblemCode[] {
  const { who, method, params, errors } = contract;
  const byRole = typeof who !== 'string';
  const codes: ProblemCode[] = [
    'invalid-request',
    ...errors,
    'proof-required',
    'temporarily-blocked',
    'rate-limited',
    'internal-error',
    'unavailable',
  ];
  if (who !== 'anyone') codes.push('unauthenticated', 'session-ended', 'account-banned');
  if (who !== 'anyone' && method !== 'GET') codes.push('cross-site');
  if (byRole) codes.push('forbidden');
  if (byRole && who.includes('doctor')) codes.push('doctor-not-approved');
  if (asksForFactor(contract)) codes.push('mfa-setup-required');
  if (params !== undefined) codes.push('not-found');
  if (method !== 'GET') codes.push('payload-too-large', 'unsupported-media-type');
  if (takesIdempotencyKey(contract)) codes.push('idempotency-key-reused');
  return (Object.keys(problems) as ProblemCode[]).filter((code) => codes.includes(code));
}

/** The status of a code on a route: a wrong password is 401 at login, and 403 where one is already logged in. */
export function statusOf(code: ProblemCode, who: Contract['who']): number {
  return code === 'invalid-credentials' && who !== 'anyone' ? 403 : problems[code][0];
}

export function groupByStatus(codes: readonly ProblemCode[], who: Contract['who']): Map<number, ProblemCode[]> {
  const groups = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const status = statusOf(code, who);
    groups.set(status, [...(groups.get(status) ?? []), code]);
  }
  return new Map([...groups].sort(([a], [b]) => a - b));
}

export function problemExample(code: ProblemCode, status: number = problems[code][0]): Example {
  const [, title] = problems[code];
  const detail = details[code];
  return {
    summary: title,
    value: {
      type: `urn:openward:problem:${code}`,
      title,
      status,
      code,
      ...(detail === undefined ? {} : { detail }),
      ...extraMembers[code],
      requestId: '01936f2a-7c1e-7d3a-9b64-9c41d0e7aa35',
    },
  };
}

/** The reply of one error status: the problem's shape, narrowed to the codes that are possible there. */
export function problemReply(status: number, codes: readonly ProblemCode[], problem: JsonSchema): Reply {
  const own = (code: ProblemCode) =>
    problems[code][0] === status ? { $ref: `#/components/examples/${code}` } : problemExample(code, status);
  const content: MediaType = {
    schema: { allOf: [problem, { type: 'object', properties: { code: { type: 'string', enum: [...codes] } } }] },
    examples: Object.fromEntries(codes.map((code) => [code, own(code)])),
  };
  const retry = status === 429 || status === 503;
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code][1]}.`).join(' '),
    headers: {
      'x-request-id': { $ref: '#/components/headers/RequestId' },
      ...(status === 429 ? limitHeaders : {}),
      ...(retry ? { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } : {}),
    },
    content: { 'application/problem+json': content },
  };
}

/** On every reply of a limited route. */
export const limitHeaders = {
  RateLimit: { $ref: '#/components/headers/RateLimit' },
  'RateLimit-Policy': { $ref: '#/components/headers/RateLimitPolicy' },
};

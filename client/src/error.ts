import type { FrameErrorCode, Problem, ProblemCode } from '@openward/contracts';

/**
 * Every way in which a call or a message can fail: the server's own codes, and
 * - `network`: no answer came (no connection, cut off),
 * - `timeout`: no answer came in time,
 * - `unexpected-reply`: what came is not Openward's (a proxy's page, cut JSON),
 * - `closed`: the chat was closed before the message was acknowledged.
 */
export type ErrorCode = ProblemCode | FrameErrorCode | 'network' | 'timeout' | 'unexpected-reply' | 'closed';

export type Challenge = NonNullable<Problem['challenge']>;

/** `until`: RFC 3339; null: for good. After a login that was otherwise right either the token to appeal with, or the appeal that was made. */
export type BanFacts = {
  readonly reason: string;
  readonly until: string | null;
  readonly appealToken?: string;
  readonly appeal?: NonNullable<Problem['appeal']>;
};

export type FieldError = NonNullable<Problem['errors']>[number];

export type ErrorFacts = {
  readonly code: ErrorCode;
  /** The HTTP status, 0 when there was no HTTP reply. */
  readonly status?: number;
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly requestId?: string | null;
  readonly retryAfterS?: number | null;
  readonly ban?: BanFacts | null;
  readonly factors?: NonNullable<Problem['factors']>;
  readonly challenge?: Challenge | null;
  /** What failed: a route's line or a frame's type. */
  readonly where?: string;
  readonly cause?: unknown;
};

/** The one error of this library. Branch on `code`; `message` is for logs. Misuse by the caller is a TypeError instead. */
export class OpenwardError extends Error {
  override readonly name = 'OpenwardError';
  readonly code: ErrorCode;
  /** The HTTP status, 0 when there was no HTTP reply. */
  readonly status: number;
  readonly detail: string;
  /** With `invalid-request`: which fields, and what is wrong with each. */
  readonly errors: readonly FieldError[];
  /** What to name to the people who run the server. */
  readonly requestId: string | null;
  /** With 429 and 503: seconds to wait before the next try. */
  readonly retryAfterS: number | null;
  /** With `account-banned`: why, and until when. */
  readonly ban: BanFacts | null;
  /** With `mfa-required`: which second factors the account has. */
  readonly factors: readonly NonNullable<Problem['factors']>[number][];
  /** With `proof-required`: what the client could not solve, in a page without Web Crypto. */
  readonly challenge: Challenge | null;

  constructor(facts: ErrorFacts) {
    const { code, status = 0, detail = '', where } = facts;
    const place = where === undefined ? '' : `${where}: `;
    super(`${place}${status === 0 ? '' : `${status} `}${code}${detail === '' ? '' : ` (${detail})`}`, {
      cause: facts.cause,
    });
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.errors = facts.errors ?? [];
    this.requestId = facts.requestId ?? null;
    this.retryAfterS = facts.retryAfterS ?? null;
    this.ban = facts.ban ?? null;
    this.factors = facts.factors ?? [];
    this.challenge = facts.challenge ?? null;
  }

  /** Without another login, the server will not have this caller. Who is blocked for a while only has to wait. */
  get isRefusal(): boolean {
    return (this.status === 401 || this.status === 403) && this.code !== 'temporarily-blocked';
  }

  /** Nothing is wrong with the call: the same one may succeed later. */
  get isTransient(): boolean {
    return this.code === 'network' || this.code === 'timeout' || this.code === 'unavailable';
  }
}

/** A reply that is no success → the error. */
export async function errorOfReply(reply: Response, where: string): Promise<OpenwardError> {
  const problem = await readProblem(reply);
  const requestId = problem.requestId ?? reply.headers.get('x-request-id');
  const common = { status: reply.status, requestId, retryAfterS: retryAfterS(reply.headers), where };
  if (problem.code === undefined) {
    return new OpenwardError({ ...common, code: codeOfStatus(reply.status), detail: reply.statusText });
  }
  const {
    code,
    detail = '',
    errors = [],
    factors = [],
    challenge = null,
    reason,
    until = null,
    appealToken,
    appeal,
  } = problem;
  const ban =
    code === 'account-banned' && reason !== undefined
      ? {
          reason,
          until,
          ...(appealToken === undefined ? {} : { appealToken }),
          ...(appeal === undefined ? {} : { appeal }),
        }
      : null;
  return new OpenwardError({ ...common, code, detail, errors, ban, factors, challenge });
}

type AnyProblem = Partial<Problem> & { readonly reason?: string; readonly until?: string | null };

async function readProblem(reply: Response): Promise<AnyProblem> {
  const body: unknown = await reply.json().catch(() => null);
  const isProblem = typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';
  return isProblem ? (body as AnyProblem) : {};
}

/** Proxies answer in their own words; their status is still worth something. */
function codeOfStatus(status: number): ErrorCode {
  if (status === 413) return 'payload-too-large';
  if (status === 429) return 'rate-limited';
  return status === 502 || status === 503 || status === 504 ? 'unavailable' : 'unexpected-reply';
}

/** `Retry-After` is a number of seconds or a date (RFC 9110, 10.2.3). */
function retryAfterS(headers: Headers): number | null {
  const value = headers.get('retry-after');
  if (value === null) return null;
  if (/^\d+$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}

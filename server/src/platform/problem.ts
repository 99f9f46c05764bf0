import { type FieldCode, type ProblemCode, problems } from '@openward/contracts';

export type FieldError = { path: string; code: FieldCode; detail: string };

type ProblemOptions = {
  /** For the caller: what is wrong and what to do. Never holds internals. */
  detail?: string;
  errors?: FieldError[];
  /** Seconds after which trying again makes sense (429, 503). */
  retryAfterS?: number;
  /** Members beside those of RFC 9457, named in the contract. */
  members?: Record<string, unknown>;
  /** Where the contract gives a code another status in one place. */
  status?: number;
  /** For the log only. */
  internal?: string;
  cause?: unknown;
};

/** The one error type that callers see: a stable code out of the contract. Everything else is an `internal-error`. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly detail: string | undefined;
  readonly errors: FieldError[] | undefined;
  readonly retryAfterS: number | undefined;
  readonly members: Record<string, unknown>;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.internal ?? options.detail ?? code, { cause: options.cause });
    const [status, title] = problems[code];
    this.code = code;
    this.status = options.status ?? status;
    this.title = title;
    this.detail = options.detail;
    this.errors = options.errors;
    this.retryAfterS = options.retryAfterS;
    this.members = options.members ?? {};
  }
}

/** One field that is wrong although its shape is right: 400 `invalid-request` that names it. */
export function invalidField(path: string, code: FieldCode, detail: string): Problem {
  return new Problem('invalid-request', { detail, errors: [{ path, code, detail }] });
}

/** The only 404 there is, so that a hidden thing and a missing one cannot be told apart. */
export function notFound(): Problem {
  return new Problem('not-found');
}

import { randomBytes } from 'node:crypto';

/**
 * Where a piece of work stands in a trace (W3C Trace Context): the trace's id and the id of the work's own span, in small
 * hexadecimal digits. Ids that are not given are made when somebody asks for them: most calls and frames log nothing and
 * send nothing, and then they cost nothing.
 */
export class Trace {
  /** Bit 0: somebody records this trace. Passed on as it came; a trace that begins here without OpenTelemetry has none. */
  readonly flags: number;
  #traceId: string | undefined;
  #spanId: string | undefined;

  constructor({ traceId, spanId, flags = 0 }: { traceId?: string; spanId?: string; flags?: number } = {}) {
    this.flags = flags;
    this.#traceId = traceId;
    this.#spanId = spanId;
  }

  get traceId(): string {
    this.#traceId ??= randomId(traceIdBytes);
    return this.#traceId;
  }

  get spanId(): string {
    this.#spanId ??= randomId(spanIdBytes);
    return this.#spanId;
  }

  get sampled(): boolean {
    return (this.flags & sampledFlag) !== 0;
  }

  /** A span of its own in the same trace. */
  child(): Trace {
    return new Trace({ traceId: this.traceId, flags: this.flags });
  }
}

/** A child of what came in; a trace of its own where nothing did. */
export function continueTrace(parent: Trace | null): Trace {
  return parent === null ? new Trace() : parent.child();
}

const traceIdBytes = 16;
const spanIdBytes = 8;
const sampledFlag = 0x01;
/** Those that are defined (Level 2): sampled, and random trace id. Others are not passed on. */
const knownFlags = 0x03;

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * The header `traceparent` → who called, or null for none and for one that is not valid (W3C Trace Context, 3.2 and 4.3): version
 * ff and ids of zeros alone are not; of a future version the four fields that we know count, whatever comes after another dash.
 */
export function parseTraceparent(header: unknown): Trace | null {
  const match = typeof header === 'string' ? pattern.exec(header) : null;
  if (match === null) return null;
  const [, version, traceId = '', spanId = '', flags = '', more] = match;
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return new Trace({ traceId, spanId, flags: Number.parseInt(flags, 16) & knownFlags });
}

export function formatTraceparent({ traceId, spanId, flags }: Trace): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
}

function randomId(bytes: number): string {
  const id = randomBytes(bytes).toString('hex');
  return /^0+$/.test(id) ? randomId(bytes) : id;
}

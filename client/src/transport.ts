import type { proofHeader as contractProofHeader } from '@openward/contracts';
import { backoffMs, sleep } from './backoff.ts';
import { errorOfReply, OpenwardError } from './error.ts';
import { solveProof } from './proof.ts';
import type { CreateOptions } from './routes.ts';

export type Transport = {
  /** Sends one call, retried where that is safe. @throws OpenwardError, or the signal's reason. */
  send(line: string, input: object, options?: SendOptions): Promise<unknown>;
  /** The server that is spoken to at this moment. */
  readonly apiUrl: string;
  /** `from`, an `apiUrl` of before, does not answer: the next one is spoken to, unless another call has found that out already. */
  moveOn(from: string): void;
};

export type SendOptions = CreateOptions & {
  readonly headers?: Readonly<Record<string, string>>;
  /** How often at most a safe call is tried again. */
  readonly retries?: number;
  /** A file instead of JSON: what else there is goes into the query. */
  readonly content?: Blob;
  /** What the reply is: JSON (default), or a file. */
  readonly reply?: 'json' | 'file';
  /** For a POST of which the caller knows that doing it twice is doing it once. */
  readonly isSafeToRepeat?: boolean;
  /** For this call instead of the client's own. */
  readonly fetch?: typeof fetch | undefined;
};

export type TransportOptions = {
  /** Origins with base path, without a slash at the end. */
  readonly apiUrls: readonly [string, ...string[]];
  readonly fetch: typeof fetch;
  readonly credentials: 'same-origin' | 'omit';
  readonly timeoutMs: number;
  readonly retries: number;
};

/** What a server's list of sessions calls this client by, where it may say so: pages have no say in their User-Agent. */
const runtime = globalThis.navigator?.userAgent ?? '';
const ownName: Record<string, string> = runtime.startsWith('Node.js')
  ? { 'user-agent': `openward-client/0.1 ${runtime}` }
  : {};

const backoff = { baseMs: 200, capMs: 5000 };

/** A server that asks for more patience than this gets it from the caller instead: the call fails with `retryAfterS`. */
const maxRetryAfterS = 30;

/** Proofs for one call: one, and another when it came too late. */
const maxProofs = 2;

const proofHeader: typeof contractProofHeader = 'openward-proof';

export function createTransport(defaults: TransportOptions): Transport {
  let current = 0;
  const apiUrl = () => defaults.apiUrls[current] ?? defaults.apiUrls[0];
  const moveOn = (from: string) => {
    if (from === apiUrl()) current = (current + 1) % defaults.apiUrls.length;
  };

  async function send(line: string, input: object, options: SendOptions = {}): Promise<unknown> {
    const { init } = buildRequest(apiUrl(), line, input, options);
    const isRepeatable =
      init.method !== 'POST' && init.method !== 'PATCH'
        ? true
        : options.idempotencyKey !== undefined || options.isSafeToRepeat === true;
    const retries = isRepeatable ? (options.retries ?? defaults.retries) : 0;
    for (let attempt = 0; ; attempt++) {
      const from = apiUrl();
      try {
        const { url } = buildRequest(from, line, input, options);
        return await prove(line, url, { ...init, credentials: defaults.credentials }, options);
      } catch (error) {
        if (error instanceof OpenwardError && error.isTransient) moveOn(from);
        if (attempt >= retries || !(error instanceof OpenwardError) || !error.isTransient) throw error;
        const askedS = error.retryAfterS ?? 0;
        if (askedS > maxRetryAfterS) throw error;
        await sleep(askedS * 1000 + backoffMs(attempt, backoff), options.signal);
      }
    }
  }

  /** Where the server asks for a proof of work, it has done nothing yet: solved, the call goes out again. */
  async function prove(line: string, url: string, init: RequestInit, options: SendOptions): Promise<unknown> {
    let headers = init.headers ?? {};
    for (let proofs = 0; ; proofs++) {
      try {
        return await exchange(line, url, { ...init, headers }, options);
      } catch (error) {
        if (!(error instanceof OpenwardError) || error.challenge === null || proofs >= maxProofs) throw error;
        const proof = await solveProof(error.challenge, options.signal);
        if (proof === null) throw error;
        headers = { ...(init.headers as Record<string, string>), [proofHeader]: proof };
      }
    }
  }

  async function exchange(line: string, url: string, init: RequestInit, options: SendOptions): Promise<unknown> {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? defaults.timeoutMs);
    const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
    try {
      signal.throwIfAborted();
      const reply = await (options.fetch ?? defaults.fetch)(url, { ...init, signal });
      if (!reply.ok) throw await errorOfReply(reply, line);
      if (reply.status === 204) return undefined;
      if (options.reply === 'file') return await reply.blob();
      const text = await reply.text();
      return parseReply(text, reply, line);
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason;
      if (error instanceof OpenwardError) throw error;
      throw new OpenwardError({ code: timeout.aborted ? 'timeout' : 'network', where: line, cause: error });
    }
  }

  return {
    send,
    moveOn,
    get apiUrl() {
      return apiUrl();
    },
  };
}

function parseReply(text: string, reply: Response, line: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const requestId = reply.headers.get('x-request-id');
    const facts = { status: reply.status, detail: 'The reply is not JSON.', requestId, where: line, cause: error };
    throw new OpenwardError({ code: 'unexpected-reply', ...facts });
  }
}

/**
 * A flat input → path parameters by the braces in the path, what is left → query (GET, files) or body (all others). Without
 * anything left no body is sent, which the server takes as an empty object.
 * @throws TypeError when a path parameter is missing or would change the path.
 */
export function buildRequest(
  apiUrl: string,
  line: string,
  input: object,
  { headers, idempotencyKey, content }: SendOptions = {},
): { url: string; init: RequestInit & { method: string } } {
  const [method = '', pattern = ''] = line.split(' ');
  const left = new Map<string, unknown>(Object.entries(input).filter(([, value]) => value !== undefined));
  const path = pattern.replaceAll(/\{(\w+)\}/g, (_braces, name: string) => {
    const value = String(left.get(name) ?? '');
    if (value === '' || value === '.' || value === '..') throw new TypeError(`${line} needs ${name}, got "${value}"`);
    left.delete(name);
    return encodeURIComponent(value);
  });
  const isQuery = method === 'GET' || content !== undefined;
  const search = isQuery ? new URLSearchParams([...left].map(([name, value]) => [name, String(value)])).toString() : '';
  const hasBody = !isQuery && left.size > 0;
  return {
    url: `${apiUrl}${path}${search === '' ? '' : `?${search}`}`,
    init: {
      method,
      redirect: 'error',
      headers: {
        accept: 'application/json, application/problem+json',
        ...ownName,
        ...headers,
        ...(hasBody ? { 'content-type': 'application/json' } : {}),
        ...(content === undefined ? {} : { 'content-type': content.type }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(hasBody ? { body: JSON.stringify(Object.fromEntries(left)) } : {}),
      ...(content === undefined ? {} : { body: content }),
    },
  };
}

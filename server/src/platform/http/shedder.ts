import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { problems } from '@openward/contracts';
import { newId } from '../id.ts';
import type { Call, Load } from '../load/load.ts';
import { hooklessHeaders } from './raw-answer.ts';

/** What a route says of itself. `searched`: what it is instead with `q` in its query. Null: never sent away. */
export type Shedding = (Call & { readonly searched?: Call['priority'] | undefined }) | null;

type Step = { steps: Map<string, Step>; any?: Step; methods: Map<string, Shedding> };

/** A path that nobody serves, or a page. */
const unknown: Shedding = { priority: 'bulk', part: 'main' };
/** More of a body than this is not waited for. */
const drainedBytes = 64 * 1024;

/**
 * Sends calls away before they become calls: no router, no hooks, no session. What that costs decides how large a flood is
 * survived, so that this is written by hand, and by paths of its own.
 */
export class Shedder {
  readonly #load: Load;
  readonly #isKnown: (headers: IncomingHttpHeaders) => boolean;
  readonly #headers: readonly string[];
  readonly #root: Step = { steps: new Map(), methods: new Map() };

  constructor(
    load: Load,
    options: { isKnown(headers: IncomingHttpHeaders): boolean; headers: Record<string, string> },
  ) {
    this.#load = load;
    this.#isKnown = options.isKnown;
    this.#headers = Object.entries({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...hooklessHeaders,
      ...options.headers,
    }).flat();
  }

  /** Whether this connection asks within the same window of the load. */
  get window(): number {
    return this.#load.window;
  }

  /** @param path with parameters in braces or after a colon. */
  know(method: string, path: string, shedding: Shedding): void {
    let step = this.#root;
    for (const segment of path.slice(1).split('/')) {
      if (/^[:{]/.test(segment)) {
        step.any ??= { steps: new Map(), methods: new Map() };
        step = step.any;
      } else {
        const next = step.steps.get(segment) ?? { steps: new Map(), methods: new Map() };
        step.steps.set(segment, next);
        step = next;
      }
    }
    step.methods.set(method, shedding);
  }

  /** Whether it was sent away: then it has its answer. */
  answers(request: IncomingMessage, response: ServerResponse): boolean {
    if (!this.#load.isBusy) return false;
    const call = this.#callOf(request);
    if (call === null) return false;
    const retryAfterS = this.#load.refusal(call, () => this.#isKnown(request.headers));
    if (retryAfterS === null) return false;
    const requestId = newId();
    const body = textOf(retryAfterS, requestId);
    response.shouldKeepAlive &&= isShort(request);
    response.writeHead(problems.unavailable[0], [
      ...this.#headers,
      'content-length',
      String(body.length),
      'retry-after',
      String(retryAfterS),
      'x-request-id',
      requestId,
    ]);
    response.end(request.method === 'HEAD' ? undefined : body);
    return true;
  }

  #callOf({ method = 'GET', url = '/' }: IncomingMessage): Call | null {
    const end = url.indexOf('?');
    const path = end === -1 ? url : url.slice(0, end);
    let step: Step | undefined = this.#root;
    for (const segment of path.slice(1).split('/')) {
      step = step?.steps.get(segment) ?? step?.any;
      if (step === undefined) return unknown;
    }
    const found = step.methods.get(method === 'HEAD' ? 'GET' : method);
    if (found === undefined) return unknown;
    if (found?.searched === undefined || end === -1 || !/[?&]q=/.test(url)) return found;
    return { priority: found.searched, part: found.part };
  }
}

/** ASCII, so that its length is its size. */
function textOf(retryAfterS: number, requestId: string): string {
  const [status, title] = problems.unavailable;
  const detail = `More is asked of this server than it can do at this moment. Try again in ${retryAfterS} s.`;
  return `{"type":"urn:openward:problem:unavailable","title":"${title}","status":${status},"code":"unavailable","detail":"${detail}","requestId":"${requestId}"}`;
}

function isShort({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= drainedBytes;
}

declare module 'fastify' {
  interface FastifyInstance {
    shedder: Shedder;
  }
}

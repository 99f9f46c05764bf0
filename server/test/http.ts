import { basePath, type Problem } from '@openward/contracts';

/** An answer as a test looks at it. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads members of bodies that it then compares one by one
export type Answer<T = any> = { status: number; body: T; headers: Headers };

export type CallOptions = { body?: unknown; headers?: Record<string, string>; raw?: string | Uint8Array };

/** Plain HTTP calls, so that tests see what any client would see. Paths are below the base path unless they begin with `//`. */
export type Api = (
  method: string,
  path: string,
  body?: unknown,
  options?: Omit<CallOptions, 'body'>,
) => Promise<Answer>;

export function createApi(url: string, defaults: Record<string, string> = {}): Api {
  return async (method, path, body, { headers = {}, raw } = {}) => {
    const target = path.startsWith('//') ? url + path.slice(1) : url + basePath + path;
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const reply = await fetch(target, {
      method,
      redirect: 'manual',
      headers: { ...defaults, ...(content === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(content === undefined ? {} : { body: content as string }),
    });
    const text = await reply.text();
    return {
      status: reply.status,
      body: /json/.test(reply.headers.get('content-type') ?? '') ? JSON.parse(text) : text,
      headers: reply.headers,
    };
  };
}

/** Asks again while it is told to, as clients do: on a slow machine not all who race for one row get it in time. */
export async function untilServed(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503) return answer;
  }
}

/** What a test of refusals compares: the status, and the problem's code if there is one. */
export function codeOf({ status, body }: Answer): [status: number, code: string | undefined] {
  return [status, body?.code];
}

/** The parts of a problem that must be equal for a hidden and a missing thing. */
export function withoutRequestId({ requestId: _, ...problem }: Problem): Omit<Problem, 'requestId'> {
  return problem;
}

/** `set-cookie` lines → a cookie header. */
export function cookiesOf(answer: Answer): string {
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
}

import { routes } from '@openward/contracts';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { problem, startApiServer } from '../test/api-server.ts';
import { createClient } from './client.ts';
import { each } from './each.ts';
import { OpenwardError } from './error.ts';
import { routeLines } from './routes.ts';
import { buildRequest } from './transport.ts';

const id = '01936f2a-7c1e-7d3a-9b64-5f0e8a2c4d11';
const ok = { status: 200, body: { items: [], nextCursor: null } };

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Every waiting time becomes its shortest. */
function hurry(): void {
  vi.spyOn(Math, 'random').mockReturnValue(0);
}

async function failureOf(call: Promise<unknown>): Promise<OpenwardError> {
  const error = await call.then(
    () => null,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(OpenwardError);
  return error as OpenwardError;
}

test('every route of the contract is there, with its method and path', () => {
  const contract = Object.fromEntries([...routes].map(([name, { method, path }]) => [name, `${method} ${path}`]));
  expect(routeLines).toEqual(contract);
});

describe('a request', () => {
  test('puts path parameters, then the rest of a GET, into the URL', () => {
    const { url, init } = buildRequest('/api/v1', 'GET /doctors/{id}/ratings', { id: 'a/b', limit: 5, cursor: 'x&y' });
    expect(url).toBe('/api/v1/doctors/a%2Fb/ratings?limit=5&cursor=x%26y');
    expect(init.body).toBeUndefined();
  });

  test('sends what is left as the body of all others, and leaves out what is undefined', () => {
    const { url, init } = buildRequest('', 'POST /requests/{id}/cancel', { id: '1', reason: 'late', other: undefined });
    expect([url, init.body]).toEqual(['/requests/1/cancel', '{"reason":"late"}']);
    expect(init.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^openward-client\/\S+ Node\.js\//),
    });
  });

  test('has neither body nor content type when nothing is left', () => {
    const { init } = buildRequest('', 'POST /requests/{id}/accept', { id: '1' });
    expect(init.body).toBeUndefined();
    expect(init.headers).not.toHaveProperty('content-type');
  });

  test.each(['', '.', '..', undefined])('refuses %j as a part of the path', (bad) => {
    expect(() => buildRequest('', 'GET /users/{id}', { id: bad })).toThrow(TypeError);
  });

  test('carries the idempotency key', async () => {
    await using server = await startApiServer(() => ({ status: 201, body: {} }));
    const { submitRequest } = createClient({ baseUrl: server.baseUrl });
    await submitRequest(
      { specialty: 'cardiology', complaint: 'A cough', urgency: 'routine' },
      { idempotencyKey: 'k1' },
    );
    expect(server.calls[0]?.headers['idempotency-key']).toBe('k1');
    expect(server.calls[0]?.body).toEqual({ specialty: 'cardiology', complaint: 'A cough', urgency: 'routine' });
  });
});

describe('an error', () => {
  test('has the code, the fields and the request id of the problem document', async () => {
    const errors = [{ path: 'address.country', code: 'required', detail: 'is missing' }];
    await using server = await startApiServer(() => problem(400, 'invalid-request', { detail: 'No.', errors }));
    const { updateMe } = createClient({ baseUrl: server.baseUrl });
    const error = await failureOf(updateMe({ fullName: 'Ana' }));
    expect(error).toMatchObject({ code: 'invalid-request', status: 400, detail: 'No.', errors, requestId: 'r-1' });
    expect(error.message).toBe('PATCH /me: 400 invalid-request (No.)');
  });

  test('tells which second factors there are', async () => {
    await using server = await startApiServer(() => problem(401, 'mfa-required', { factors: ['passkey'] }));
    const { login } = createClient({ baseUrl: server.baseUrl });
    expect((await failureOf(login({ email: 'a@b.c', password: 'p' }))).factors).toEqual(['passkey']);
  });

  test('tells why and until when an account is banned', async () => {
    const ban = { reason: 'Spam', until: '2030-01-01T00:00:00.000Z' };
    await using server = await startApiServer(() => problem(403, 'account-banned', ban));
    const { login } = createClient({ baseUrl: server.baseUrl });
    expect((await failureOf(login({ email: 'a@b.c', password: 'p' }))).ban).toEqual(ban);
  });

  test.each([
    [{ status: 502, body: '<html>' }, 'unavailable', 502],
    [{ status: 404, body: '<html>' }, 'unexpected-reply', 404],
    [{ status: 200, body: '<html>' }, 'unexpected-reply', 200],
    ['cut', 'network', 0],
    ['hang', 'timeout', 0],
  ] as const)('of a proxy or the network: %j is %s', async (answer, code, status) => {
    await using server = await startApiServer(() => answer);
    const { getMe } = createClient({ baseUrl: server.baseUrl, retries: 0, timeoutMs: 100 });
    expect(await failureOf(getMe())).toMatchObject({ code, status });
  });

  test('reads both forms of Retry-After, and leaves the waiting of a 429 to the caller', async () => {
    await using server = await startApiServer(({ line }) =>
      problem(
        429,
        'rate-limited',
        {},
        {
          'retry-after': line.endsWith('/me') ? '7' : new Date(Date.now() + 60_000).toUTCString(),
        },
      ),
    );
    const { getMe, listDoctors } = createClient({ baseUrl: server.baseUrl });
    expect((await failureOf(getMe())).retryAfterS).toBe(7);
    expect((await failureOf(listDoctors())).retryAfterS).toBeGreaterThan(57);
    expect(server.calls).toHaveLength(2);
  });

  test('of an aborted call is the reason of its signal', async () => {
    await using server = await startApiServer(() => 'hang');
    const stop = new AbortController();
    const call = createClient({ baseUrl: server.baseUrl }).getMe({}, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });
});

describe('a retry', () => {
  test.each(['cut', problem(503, 'unavailable')] as const)('repeats a safe call after %j', async (failure) => {
    hurry();
    let left = 2;
    await using server = await startApiServer(() => (left-- > 0 ? failure : ok));
    await expect(createClient({ baseUrl: server.baseUrl }).listDoctors()).resolves.toEqual(ok.body);
    expect(server.calls).toHaveLength(3);
  });

  test('gives up after the number asked for', async () => {
    hurry();
    await using server = await startApiServer(() => problem(503, 'unavailable'));
    await failureOf(createClient({ baseUrl: server.baseUrl, retries: 2 }).listDoctors());
    expect(server.calls).toHaveLength(3);
  });

  test('repeats a POST with an idempotency key, under the same key, and no other POST', async () => {
    hurry();
    await using server = await startApiServer(() => 'cut');
    const { submitRequest } = createClient({ baseUrl: server.baseUrl, retries: 1 });
    const request = { specialty: 'urology', complaint: 'Pain', urgency: 'urgent' } as const;
    await failureOf(submitRequest(request));
    expect(server.calls).toHaveLength(1);
    await failureOf(submitRequest(request, { idempotencyKey: 'k2' }));
    expect(server.calls.slice(1).map(({ headers }) => headers['idempotency-key'])).toEqual(['k2', 'k2']);
  });

  test('repeats no refused call', async () => {
    await using server = await startApiServer(() => problem(409, 'not-banned'));
    await failureOf(createClient({ baseUrl: server.baseUrl }).liftBan({ id }));
    expect(server.calls).toHaveLength(1);
  });

  test('waits as long as the server asks', async () => {
    hurry();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const start = Date.now();
    const askedAtMs: number[] = [];
    await using server = await startApiServer(() => {
      askedAtMs.push(Date.now() - start);
      return askedAtMs.length === 1 ? problem(503, 'unavailable', {}, { 'retry-after': '3' }) : ok;
    });
    let isDone = false;
    const call = createClient({ baseUrl: server.baseUrl })
      .listDoctors()
      .finally(() => {
        isDone = true;
      });
    while (!isDone) await vi.advanceTimersByTimeAsync(10);
    await call;
    expect((askedAtMs[1] ?? 0) - (askedAtMs[0] ?? 0)).toBeGreaterThanOrEqual(3000);
  });

  test('does not sit through more than 30 s', async () => {
    await using server = await startApiServer(() => problem(503, 'unavailable', {}, { 'retry-after': '31' }));
    expect(await failureOf(createClient({ baseUrl: server.baseUrl }).getMe())).toMatchObject({ retryAfterS: 31 });
    expect(server.calls).toHaveLength(1);
  });
});

test.each([1, 2, 3, 4])(
  '%i calls that fail at once on one of two servers go on to the other together',
  async (count) => {
    hurry();
    const all = Promise.withResolvers<void>();
    await using dead = await startApiServer(async () => {
      if (dead.calls.length === count) all.resolve();
      await all.promise;
      return 'cut' as const;
    });
    await using live = await startApiServer(() => ok);
    const { listDoctors } = createClient({ baseUrl: [dead.baseUrl, live.baseUrl], retries: 1 });
    await Promise.all(Array.from({ length: count }, () => listDoctors()));
    expect([dead.calls.length, live.calls.length]).toEqual([count, count]);
  },
);

test('each walks the pages to the end, and fetches none that is not needed', async () => {
  const pages: Record<string, object> = {
    '/api/v1/doctors?sort=name': { items: [{ id: '1' }, { id: '2' }], nextCursor: 'c1' },
    '/api/v1/doctors?sort=name&cursor=c1': { items: [{ id: '3' }], nextCursor: null },
  };
  await using server = await startApiServer(({ line }) => ({ status: 200, body: pages[line.slice('GET '.length)] }));
  const { listDoctors } = createClient({ baseUrl: server.baseUrl });
  const ids: string[] = [];
  for await (const doctor of each(listDoctors, { sort: 'name' })) ids.push(doctor.id);
  expect(ids).toEqual(['1', '2', '3']);
  for await (const _ of each(listDoctors, { sort: 'name' })) break;
  expect(server.calls).toHaveLength(3);
});

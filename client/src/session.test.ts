import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Answer, problem, type SeenCall, startApiServer } from '../test/api-server.ts';
import { type ClientOptions, createClient } from './client.ts';
import type { OpenwardError } from './error.ts';

const person = { account: { id: 'a1' }, session: { id: 's1' } };
const passkey = {
  id: 'AQ',
  rawId: 'AQ',
  type: 'public-key' as const,
  response: { clientDataJSON: 'e30', authenticatorData: 'AA', signature: 'AA' },
};
const credentials = { email: 'ana@example.org', password: 'seven quiet otters 42' };

afterEach(() => void vi.useRealTimers());

/** A server that takes one access token at a time and rotates the pair on each refresh. */
async function startIdentity(overrides: (call: SeenCall) => Answer | undefined = () => undefined) {
  let pair = 0;
  const next = () => {
    pair++;
    return {
      status: 200,
      body: { ...person, accessToken: `a${pair}`, refreshToken: `r${pair}`, tokenType: 'Bearer', expiresInS: 900 },
    };
  };
  const server = await startApiServer((call) => {
    const said = overrides(call);
    if (said !== undefined) return said;
    if (/^POST \/api\/v1\/auth\/tokens(\/passkey)?$/.test(call.line)) return next();
    if (call.line === 'POST /api/v1/auth/refresh') {
      return JSON.stringify(call.body) === `{"refreshToken":"r${pair}"}` ? next() : problem(401, 'session-ended');
    }
    if (call.headers.authorization !== `Bearer a${pair}`) return problem(401, 'unauthenticated');
    return call.line === 'POST /api/v1/auth/logout' ? { status: 204 } : { status: 200, body: { id: 'a1' } };
  });
  return Object.assign(server, {
    expireAccess: next,
    refreshes: () => count(server.lines(), 'POST /api/v1/auth/refresh'),
  });
}

function count(lines: readonly string[], line: string): number {
  return lines.filter((each) => each === line).length;
}

function watchedClient(options: ClientOptions) {
  const ends: string[] = [];
  const client = createClient({ ...options, onSessionEnd: (error: OpenwardError) => ends.push(error.code) });
  return { client, ends };
}

describe('bearer', () => {
  test('logs in, keeps the pair, and shows it with each call', async () => {
    await using server = await startIdentity();
    const kept: unknown[] = [];
    const client = createClient({ baseUrl: server.baseUrl, onTokens: (tokens) => kept.push(tokens?.refreshToken) });
    await expect(client.login(credentials)).resolves.toEqual(person);
    await expect(client.getMe()).resolves.toEqual({ id: 'a1' });
    expect(client.tokens).toMatchObject({ accessToken: 'a1', refreshToken: 'r1' });
    await client.logOut();
    expect([client.tokens, kept]).toEqual([null, ['r1', undefined]]);
    await expect(client.getMe()).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('logs in by passkey the same way', async () => {
    await using server = await startIdentity();
    const client = createClient({ baseUrl: server.baseUrl });
    await expect(client.loginByPasskey({ passkey })).resolves.toEqual(person);
    expect(client.tokens).toMatchObject({ accessToken: 'a1', refreshToken: 'r1' });
    expect(server.calls[0]).toMatchObject({ line: 'POST /api/v1/auth/tokens/passkey', body: { passkey } });
  });

  test('renews before the token runs out, once for all who call meanwhile', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await using server = await startIdentity();
    const client = createClient({ baseUrl: server.baseUrl });
    await client.login(credentials);
    vi.setSystemTime(Date.now() + 719_000);
    await client.getMe();
    expect(server.refreshes()).toBe(0);
    vi.setSystemTime(Date.now() + 2000);
    await Promise.all([client.getMe(), client.getMe(), client.getMe()]);
    expect(server.refreshes()).toBe(1);
    expect(client.tokens?.accessToken).toBe('a2');
  });

  test('renews when the server no longer takes the token, once for all, and repeats the calls', async () => {
    await using server = await startIdentity(({ headers, line }) =>
      line.endsWith('/me') && headers.authorization === 'Bearer a1' ? problem(401, 'unauthenticated') : undefined,
    );
    const { client, ends } = watchedClient({ baseUrl: server.baseUrl });
    await client.login(credentials);
    await Promise.all([client.getMe(), client.getMe(), client.getMe()]);
    expect([server.refreshes(), client.tokens?.accessToken, ends]).toEqual([1, 'a2', []]);
  });

  test('tries a renewed token once only', async () => {
    await using server = await startIdentity(({ line }) =>
      line.endsWith('/me') ? problem(401, 'unauthenticated') : undefined,
    );
    const client = createClient({ baseUrl: server.baseUrl });
    await client.login(credentials);
    await expect(client.getMe()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(count(server.lines(), 'GET /api/v1/me')).toBe(2);
  });

  test('tells once that the session has ended, and does not try to renew it', async () => {
    await using server = await startIdentity(({ line }) =>
      line.endsWith('/me') ? problem(401, 'session-ended') : undefined,
    );
    const { client, ends } = watchedClient({ baseUrl: server.baseUrl });
    await client.login(credentials);
    const calls = await Promise.allSettled([client.getMe(), client.getMe()]);
    expect(calls.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([ends, client.tokens, server.refreshes()]).toEqual([['session-ended'], null, 0]);
  });

  test('ends when the refresh token is refused', async () => {
    await using server = await startIdentity();
    const { client, ends } = watchedClient({
      baseUrl: server.baseUrl,
      tokens: { accessToken: 'old', refreshToken: 'stolen' },
    });
    await expect(client.getMe()).rejects.toMatchObject({ code: 'session-ended' });
    expect([ends, client.tokens]).toEqual([['session-ended'], null]);
  });

  test('goes on with the old token while renewing fails for the moment', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await using server = await startIdentity(({ line }) =>
      line.endsWith('/refresh') ? problem(503, 'unavailable', {}, { 'retry-after': '60' }) : undefined,
    );
    const { client, ends } = watchedClient({ baseUrl: server.baseUrl });
    await client.login(credentials);
    vi.setSystemTime(Date.now() + 800_000);
    await expect(client.getMe()).resolves.toEqual({ id: 'a1' });
    expect(ends).toEqual([]);
  });

  test.each([
    { when: 'in time', renewAt: 0 },
    { when: 'after a refusal', renewAt: undefined },
  ])('renewed $when lets go of a call whose signal aborts, and goes on for the others', async ({ renewAt }) => {
    const asked = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    await using server = await startApiServer(async ({ line, headers }) => {
      if (line.endsWith('/refresh')) {
        asked.resolve();
        await goOn.promise;
        return { status: 200, body: { ...person, accessToken: 'a2', refreshToken: 'r2', expiresInS: 900 } };
      }
      return headers.authorization === 'Bearer a2'
        ? { status: 200, body: { id: 'a1' } }
        : problem(401, 'unauthenticated');
    });
    const tokens = { accessToken: 'a1', refreshToken: 'r1', ...(renewAt === undefined ? {} : { renewAt }) };
    const client = createClient({ baseUrl: server.baseUrl, tokens });
    const stop = new AbortController();
    const given = expect(client.getMe({}, { signal: stop.signal })).rejects.toThrow('enough');
    const other = client.getMe();
    await asked.promise;
    stop.abort(new Error('enough'));
    await given;
    goOn.resolve();
    await expect(other).resolves.toEqual({ id: 'a1' });
    expect(count(server.lines(), 'POST /api/v1/auth/refresh')).toBe(1);
  });

  test('asks again at once when the answer to a refresh is lost', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    let cuts = 1;
    await using server = await startIdentity(({ line }) =>
      line.endsWith('/refresh') && cuts-- > 0 ? 'cut' : undefined,
    );
    const client = createClient({ baseUrl: server.baseUrl });
    await client.login(credentials);
    await client.refresh();
    expect([server.refreshes(), client.tokens?.accessToken]).toEqual([2, 'a2']);
    vi.restoreAllMocks();
  });

  test('a new login wins over a renewal that is still under way', async () => {
    const asked = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    let logins = 0;
    await using server = await startApiServer(async ({ line }) => {
      if (line.endsWith('/refresh')) {
        asked.resolve();
        await goOn.promise;
        return problem(401, 'session-ended');
      }
      logins++;
      return { status: 200, body: { ...person, accessToken: `a${logins}`, refreshToken: `r${logins}`, expiresInS: 9 } };
    });
    const { client, ends } = watchedClient({ baseUrl: server.baseUrl });
    await client.login(credentials);
    const renewal = client.refresh();
    const failed = expect(renewal).rejects.toMatchObject({ code: 'session-ended' });
    await asked.promise;
    await client.login(credentials);
    goOn.resolve();
    await failed;
    expect([client.tokens?.accessToken, ends]).toEqual(['a2', []]);
  });
});

describe('cookies', () => {
  test('log in without tokens, renew once for all, and repeat', async () => {
    let isFresh = false;
    await using server = await startApiServer(({ line }) => {
      if (line.startsWith('POST /api/v1/auth/login')) return { status: 200, body: person };
      if (line === 'POST /api/v1/auth/refresh') isFresh = true;
      if (line === 'POST /api/v1/auth/refresh') return { status: 200, body: person };
      return isFresh ? { status: 200, body: { id: 'a1' } } : problem(401, 'unauthenticated');
    });
    const { client, ends } = watchedClient({ baseUrl: server.baseUrl, auth: 'cookies' });
    await client.login(credentials);
    await Promise.all([client.getMe(), client.getMe()]);
    await client.loginByPasskey({ passkey });
    expect(count(server.lines(), 'POST /api/v1/auth/login/passkey')).toBe(1);
    expect(client.tokens).toBeNull();
    expect([count(server.lines(), 'POST /api/v1/auth/refresh'), ends]).toEqual([1, []]);
    expect(server.calls.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
  });

  test('of a visitor who never logged in are no ended session', async () => {
    await using server = await startApiServer(() => problem(401, 'unauthenticated'));
    const { client, ends } = watchedClient({ baseUrl: server.baseUrl, auth: 'cookies' });
    await expect(client.getMe()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(ends).toEqual([]);
  });

  test('that have worked and do so no longer are one', async () => {
    let isLive: boolean = true;
    await using server = await startApiServer(() =>
      isLive ? { status: 200, body: { id: 'a1' } } : problem(401, 'unauthenticated'),
    );
    const { client, ends } = watchedClient({ baseUrl: server.baseUrl, auth: 'cookies' });
    await client.getMe();
    isLive = false;
    await expect(client.getMe()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(ends).toEqual(['unauthenticated']);
  });
});

describe('the device', () => {
  test('is shown at every login but the first, also of a later client, and nowhere else', async () => {
    await using server = await startIdentity(({ line }) =>
      /auth\/tokens/.test(line)
        ? {
            status: 200,
            body: { ...person, accessToken: 'a0', refreshToken: 'r0', deviceToken: `d${server.calls.length}` },
          }
        : undefined,
    );
    const { baseUrl } = server;
    const kept: string[] = [];
    const onDeviceToken = (token: string) => void kept.push(token);
    const client = createClient({ baseUrl, onDeviceToken });
    await client.login(credentials);
    await client.getMe();
    await client.loginByPasskey({ passkey });
    await createClient({ baseUrl, onDeviceToken, deviceToken: kept.at(-1) }).login(credentials);
    expect(kept).toEqual(['d1', 'd3', 'd4']);
    expect(server.calls.map(({ headers }) => headers['openward-device'])).toEqual([undefined, undefined, 'd1', 'd3']);
  });
});

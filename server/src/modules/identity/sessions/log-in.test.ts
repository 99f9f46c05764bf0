import { randomBytes } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPasswordHasher } from '#platform/crypto/password-hash.ts';
import { countOf, eventsOf } from '../../../../test/database.ts';
import { goodPassword } from '../../../../test/factories.ts';
import { eventually, origin, startTestServer, type TestServer } from '../../../../test/harness.ts';
import { type Answer, cookiesOf, withoutRequestId } from '../../../../test/http.ts';
import { lockAccount } from '../accounts/account.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const access = '__Host-openward-access';
const refresh = '__Secure-openward-refresh';
const device = '__Secure-openward-device';
const sameOrigin = { 'sec-fetch-site': 'same-origin' };

function logIn(credentials: object, headers: Record<string, string> = sameOrigin): Promise<Answer> {
  return server.api('POST', '/auth/login', credentials, { headers });
}

function tokens(email: string, password = goodPassword): Promise<Answer> {
  return server.api('POST', '/auth/tokens', { email, password });
}

describe('who may not log in', () => {
  it('an unknown address and a wrong password get the same answer', async () => {
    const { email } = await server.people.patient();
    const unknown = await tokens(`nobody.${randomBytes(4).toString('hex')}@example.org`);
    const wrong = await tokens(email, 'not that one, sorry');
    expect([unknown.status, wrong.status]).toEqual([401, 401]);
    expect(unknown.body.code).toBe('invalid-credentials');
    expect(withoutRequestId(wrong.body)).toEqual(withoutRequestId(unknown.body));
  });

  it('a wrong password tells nothing of an account that is banned or not verified', async () => {
    const [unverified, banned] = await Promise.all([server.people.patient(), server.people.patient()]);
    await server.ctx.db.execute(sql`UPDATE accounts SET email_verified_at = NULL WHERE id = ${unverified.id}`);
    await ban(banned.id, 5);
    for (const { email } of [unverified, banned]) {
      expect((await tokens(email, 'not that one, sorry')).body.code).toBe('invalid-credentials');
    }
  });

  it('an account made by an admin has no password that would fit', async () => {
    const { email, id } = await server.people.patient();
    await server.ctx.db.execute(sql`UPDATE accounts SET password_hash = NULL WHERE id = ${id}`);
    for (const password of ['', 'null', goodPassword]) {
      expect((await tokens(email, password)).body.code).toBe('invalid-credentials');
    }
  });

  it('with the right password an address that is not verified is said to be so', async () => {
    const { email, id } = await server.people.patient();
    await server.ctx.db.execute(sql`UPDATE accounts SET email_verified_at = NULL WHERE id = ${id}`);
    const { status, body } = await tokens(email);
    expect([status, body.code]).toEqual([403, 'email-not-verified']);
  });

  it('with the right password a banned account is told why and until when', async () => {
    const timed = await server.people.patient();
    const forGood = await server.people.patient();
    const until = await ban(timed.id, 60);
    await ban(forGood.id, null);
    const { status, body } = await tokens(timed.email);
    expect([status, body.code, body.reason, body.until]).toEqual([403, 'account-banned', 'Insults', until]);
    expect((await tokens(forGood.email)).body).toMatchObject({
      code: 'account-banned',
      reason: 'Insults',
      until: null,
    });
  });

  it('a ban is told before a missing verification', async () => {
    const { email, id } = await server.people.patient();
    await ban(id, 60);
    await server.ctx.db.execute(sql`UPDATE accounts SET email_verified_at = NULL WHERE id = ${id}`);
    expect((await tokens(email)).body.code).toBe('account-banned');
  });

  it('a failed login starts no session and is written down for the admins', async () => {
    const { email, id } = await server.people.patient();
    await tokens(email, 'not that one, sorry');
    expect(await countOf(server.ctx, sql`SELECT count(*) AS n FROM sessions WHERE account_id = ${id}`)).toBe(1);
    expect(await eventsOf(server.ctx, id)).toEqual(['login-failed']);
  });

  const meanwhile: [what: string, change: SQL, code: string][] = [
    ['the password was changed', sql`UPDATE accounts SET password_hash = 'another' WHERE id = `, 'invalid-credentials'],
    ['the verification was lost', sql`UPDATE accounts SET email_verified_at = NULL WHERE id = `, 'email-not-verified'],
    [
      'the account was banned',
      sql`INSERT INTO bans (id, reason, account_id, banned_by) SELECT gen_random_uuid(), 'Insults', id, id FROM accounts WHERE id = `,
      'account-banned',
    ],
  ];

  it.each(meanwhile)(
    'a login whose password was right starts no session when %s meanwhile',
    async (_what, change, code) => {
      const person = await server.people.patient();
      const { answer } = await server.ctx.tx(async (ctx) => {
        await lockAccount(ctx, person.id);
        const answer = tokens(person.email);
        const waiting = sql`SELECT count(*) AS n FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        await eventually('the login waits for the account', async () => (await countOf(server.ctx, waiting)) > 0);
        await ctx.db.execute(sql`${change}${person.id}`);
        return { answer };
      });
      expect((await answer).body.code).toBe(code);
      expect(await countOf(server.ctx, sql`SELECT count(*) AS n FROM sessions WHERE account_id = ${person.id}`)).toBe(
        1,
      );
    },
  );
});

describe('what a login gives', () => {
  it('to each of several at once with the right password, also where the cost was raised since', async () => {
    const { email, id } = await server.people.patient();
    const before = createPasswordHasher({ keys: server.ctx.keys, cost: 5 });
    const passwordHash = await before.hash(goodPassword);
    await server.ctx.db.execute(sql`UPDATE accounts SET password_hash = ${passwordHash} WHERE id = ${id}`);
    const logIn = () => server.api('POST', '/auth/tokens', { email, password: goodPassword });
    const answers = await Promise.all([logIn(), logIn(), logIn(), logIn()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('the address counts in any case of letters', async () => {
    const { email } = await server.people.patient();
    expect((await tokens(email.toUpperCase())).status).toBe(200);
  });

  it('by bearer: the pair in the body, and no cookie', async () => {
    const { email, id } = await server.people.patient();
    const { body, headers, status } = await tokens(email);
    expect(status).toBe(200);
    expect(body).toMatchObject({ tokenType: 'Bearer', expiresInS: 900, account: { id, status: 'active' } });
    expect(Object.keys(body.session).sort()).toEqual(['createdAt', 'expiresAt', 'id']);
    expect(headers.getSetCookie()).toEqual([]);
  });

  it('by cookie: account and session in the body, and no token', async () => {
    const { email, id } = await server.people.patient();
    const answer = await logIn({ email, password: goodPassword });
    expect(Object.keys(answer.body).sort()).toEqual(['account', 'session']);
    expect(answer.body.account.id).toBe(id);
    for (const cookie of cookiesOf(answer).split('; ')) {
      expect(JSON.stringify(answer.body)).not.toContain(cookie.split('=')[1]);
    }
  });

  it('the cookies have exactly the names, paths and attributes of the contract', async () => {
    const { email } = await server.people.patient();
    const answer = await logIn({ email, password: goodPassword });
    expect(attributesOf(answer)).toEqual({
      [access]: ['HttpOnly', 'Max-Age=900', 'Path=/', 'SameSite=Strict', 'Secure'],
      [refresh]: ['HttpOnly', 'Max-Age=2592000', 'Path=/api/v1/auth', 'SameSite=Strict', 'Secure'],
      [device]: ['HttpOnly', 'Max-Age=7776000', 'Path=/api/v1/auth', 'SameSite=Strict', 'Secure'],
    });
  });

  it('a refresh by cookie answers by cookies of the same kind, and a logout clears both and leaves the device’s', async () => {
    const { email } = await server.people.patient();
    const cookie = cookiesOf(await logIn({ email, password: goodPassword }));
    const refreshed = await server.api('POST', '/auth/refresh', {}, { headers: { cookie, ...sameOrigin } });
    expect(Object.keys(refreshed.body).sort()).toEqual(['account', 'session']);
    expect(attributesOf(refreshed)[refresh]).toContain('Path=/api/v1/auth');
    const out = await server.api('POST', '/auth/logout', undefined, {
      headers: { cookie: cookiesOf(refreshed), ...sameOrigin },
    });
    expect([out.status, out.headers.get('clear-site-data')]).toEqual([204, '"cache", "storage"']);
    expect(attributesOf(out)).toEqual({
      [access]: ['HttpOnly', 'Max-Age=0', 'Path=/', 'SameSite=Strict', 'Secure'],
      [refresh]: ['HttpOnly', 'Max-Age=0', 'Path=/api/v1/auth', 'SameSite=Strict', 'Secure'],
    });
    const again = await server.api(
      'POST',
      '/auth/refresh',
      {},
      {
        headers: { cookie: cookiesOf(refreshed), ...sameOrigin },
      },
    );
    expect([again.status, again.body.code]).toEqual([401, 'session-ended']);
  });
});

describe('calls from other sites', () => {
  const matrix: [name: string, headers: Record<string, string>, allowed: boolean][] = [
    ['Sec-Fetch-Site same-origin', { 'sec-fetch-site': 'same-origin' }, true],
    ['Sec-Fetch-Site none', { 'sec-fetch-site': 'none' }, true],
    ['Sec-Fetch-Site same-site', { 'sec-fetch-site': 'same-site' }, false],
    ['Sec-Fetch-Site cross-site', { 'sec-fetch-site': 'cross-site' }, false],
    ['a Sec-Fetch-Site that does not exist', { 'sec-fetch-site': 'same-origin, none' }, false],
    ['Sec-Fetch-Site cross-site beside the right Origin', { 'sec-fetch-site': 'cross-site', origin }, false],
    [
      'Sec-Fetch-Site same-origin beside another Origin',
      { 'sec-fetch-site': 'same-origin', origin: 'https://evil.test' },
      true,
    ],
    ['the Origin of PUBLIC_URL', { origin }, true],
    ['another Origin', { origin: 'https://evil.test' }, false],
    ['an Origin that begins like the right one', { origin: `${origin}.evil.test` }, false],
    ['the Origin over plain HTTP', { origin: origin.replace('https', 'http') }, false],
    ['the Origin null', { origin: 'null' }, false],
    ['neither header', {}, false],
  ];

  it.each(matrix)('with %s', async (_name, headers, allowed) => {
    const { email } = await server.people.patient();
    const cookie = cookiesOf(await logIn({ email, password: goodPassword }));
    const call = (method: string, path: string, body?: unknown) =>
      server.api(method, path, body, { headers: { cookie, ...headers } });
    const answers = [
      await logIn({ email, password: goodPassword }, headers),
      await call('PATCH', '/me', { fullName: 'Ann Other' }),
      await call('POST', '/auth/refresh', {}),
      await call('POST', '/auth/logout'),
    ];
    expect(answers.map(({ status }) => status)).toEqual(allowed ? [200, 200, 200, 204] : [403, 403, 403, 403]);
    if (!allowed) {
      expect(answers.map(({ body }) => body.code)).toEqual(Array(4).fill('cross-site'));
      expect((await call('GET', '/me')).body.fullName).toBe('Pat Example');
    }
  });

  it('what only reads is answered to cookies from anywhere', async () => {
    const { email } = await server.people.patient();
    const cookie = cookiesOf(await logIn({ email, password: goodPassword }));
    const headers = { cookie, 'sec-fetch-site': 'cross-site' };
    expect((await server.api('GET', '/me', undefined, { headers })).status).toBe(200);
  });

  it('a bearer token does not care where the call comes from', async () => {
    const person = await server.people.patient();
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' };
    expect((await person.api('PATCH', '/me', { fullName: 'Ann Other' }, { headers })).status).toBe(200);
    expect((await server.api('POST', '/auth/refresh', { refreshToken: person.refreshToken }, { headers })).status).toBe(
      200,
    );
    const body = { email: person.email, password: goodPassword };
    expect((await server.api('POST', '/auth/tokens', body, { headers })).status).toBe(200);
  });

  it('a broken bearer header is not helped by a good cookie', async () => {
    const { email } = await server.people.patient();
    const cookie = cookiesOf(await logIn({ email, password: goodPassword }));
    for (const authorization of ['Bearer', 'Bearer ', 'Basic eDp5', 'Bearer a b', 'bearer x']) {
      const headers = { cookie, authorization, ...sameOrigin };
      expect((await server.api('GET', '/me', undefined, { headers })).body.code).toBe('unauthenticated');
    }
  });
});

/** Bans by the use case, as an admin does. @returns until when. */
async function ban(id: string, durationMinutes: number | null): Promise<string | null> {
  const admin = await server.people.admin();
  const { body, status } = await admin.api('POST', `/admin/users/${id}/ban`, { reason: 'Insults', durationMinutes });
  expect(status).toBe(201);
  return body.until;
}

/** Cookie name → its attributes, sorted, without the date that Max-Age overrides. */
function attributesOf(answer: Answer): Record<string, string[]> {
  return Object.fromEntries(
    answer.headers.getSetCookie().map((line) => {
      const [pair = '', ...attributes] = line.split('; ');
      return [pair.split('=')[0], attributes.filter((attribute) => !attribute.startsWith('Expires')).sort()];
    }),
  );
}

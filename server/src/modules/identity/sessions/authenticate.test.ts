import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#platform/id.ts';
import { countOf, eventsOf, rowsOf } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { type Answer, createApi } from '../../../../test/http.ts';
import { issueLink } from '../links/email-link.ts';
import { linkUrl } from '../mails/link-mails.ts';
import { emailLinks, type LinkPurpose, linkPurposes } from '../tables.ts';
import { announceChange } from './end-sessions.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

function me(token: string, headers: Record<string, string> = {}): Promise<Answer> {
  return server.api('GET', '/me', undefined, { headers: { authorization: `Bearer ${token}`, ...headers } });
}

/** A link's token, as the mail would hold it. */
async function linkToken(person: Person, purpose: LinkPurpose): Promise<string> {
  const id = await server.ctx.tx((ctx) => issueLink(ctx, { accountId: person.id, purpose, email: person.email }));
  const [link] = await server.ctx.db.select().from(emailLinks).where(eq(emailLinks.id, id));
  if (link === undefined) throw new Error('The link was not stored.');
  return new URL(await linkUrl(server.ctx, link, 'patient')).hash.slice('#token='.length);
}

describe('one kind of token is never taken for another', () => {
  const newPassword = 'eight louder herons 43';
  /** Each place that takes a token, and what it answers to a wrong one. */
  const places: { name: string; takes: string[]; refusal: number; use(token: string): Promise<Answer> }[] = [
    { name: 'the bearer header', takes: ['access'], refusal: 401, use: (token) => me(token) },
    {
      name: 'the access cookie',
      takes: ['access'],
      refusal: 401,
      use: (token) => server.api('GET', '/me', undefined, { headers: { cookie: `__Host-openward-access=${token}` } }),
    },
    {
      name: 'the refresh cookie',
      takes: ['refresh'],
      refusal: 401,
      use: (token) =>
        server.api(
          'POST',
          '/auth/refresh',
          {},
          {
            headers: { cookie: `__Secure-openward-refresh=${token}`, 'sec-fetch-site': 'same-origin' },
          },
        ),
    },
    {
      name: 'the refresh body',
      takes: ['refresh'],
      refusal: 401,
      use: (refreshToken) => server.api('POST', '/auth/refresh', { refreshToken }),
    },
    {
      name: 'verify-email',
      takes: ['verify-email'],
      refusal: 400,
      use: (token) => server.api('POST', '/auth/verify-email', { token }),
    },
    {
      name: 'reset-password',
      takes: ['reset-password', 'set-password'],
      refusal: 400,
      use: (token) => server.api('POST', '/auth/reset-password', { token, newPassword }),
    },
  ];

  it.each(places)('at $name', async ({ takes, refusal, use }) => {
    const kinds = ['access', 'refresh', ...linkPurposes];
    for (const kind of kinds) {
      const person = await server.people.patient();
      const purpose = linkPurposes.find((candidate) => candidate === kind);
      const token =
        purpose === undefined
          ? { access: person.accessToken, refresh: person.refreshToken }[kind]
          : await linkToken(person, purpose);
      const { status, body } = await use(token ?? '');
      if (takes.includes(kind)) expect([kind, status < 300]).toEqual([kind, true]);
      else
        expect([kind, status, body.code]).toEqual([
          kind,
          refusal,
          refusal === 401 ? 'unauthenticated' : 'invalid-token',
        ]);
    }
  });

  it('a token in the query string is none', async () => {
    const { accessToken } = await server.people.patient();
    for (const name of ['token', 'access_token', 'accessToken', 'ticket']) {
      expect((await server.api('GET', `/me?${name}=${accessToken}`)).body.code).toBe('unauthenticated');
    }
  });
});

describe('a good token of a session that is not live', () => {
  const ends: [name: string, end: (person: Person) => Promise<unknown>][] = [
    ['that logged out', (person) => person.api('POST', '/auth/logout')],
    ['that logged out everywhere', (person) => person.api('POST', '/auth/logout-all')],
    [
      'whose session ran out',
      ({ id, sessionId }) =>
        server.ctx.tx(async (ctx) => {
          await ctx.db.execute(sql`UPDATE sessions SET expires_at = now() WHERE id = ${sessionId}`);
          await announceChange(ctx, id);
        }),
    ],
    [
      'whose account is deleted',
      async ({ id }) => (await server.people.admin()).api('DELETE', `/admin/users/${id}`, { reason: 'Asked for it' }),
    ],
  ];

  it.each(ends)('of somebody %s is session-ended, on every node at once, and is written down', async (_name, end) => {
    const person = await server.people.patient();
    const otherNode = createApi((await second()).url, { authorization: `Bearer ${person.accessToken}` });
    expect((await otherNode('GET', '/me')).status).toBe(200);
    expect((await me(person.accessToken)).status).toBe(200);
    await end(person);
    for (const { status, body } of [await me(person.accessToken), await otherNode('GET', '/me')]) {
      expect([status, body.code]).toEqual([401, 'session-ended']);
    }
    expect(await eventsOf(server.ctx, person.id)).toContain('session-mismatch');
  });

  it('of a session that never was is session-ended, and is written down', async () => {
    const { id } = await server.people.patient();
    const sid = newId();
    const { token } = await server.ctx.tokens.mintAccess({ sub: id, sid, role: 'patient' });
    expect((await me(token)).body.code).toBe('session-ended');
    expect(await mismatchesOf(sid)).toBe(1);
  });

  it('that names another account or role than its session is session-ended, and is written down', async () => {
    const [person, other] = [await server.people.patient(), await server.people.patient()];
    const { sessionId: sid } = person;
    const wrongAccount = await server.ctx.tokens.mintAccess({ sub: other.id, sid, role: 'patient' });
    const wrongRole = await server.ctx.tokens.mintAccess({ sub: person.id, sid, role: 'admin' });
    for (const { token } of [wrongAccount, wrongRole]) expect((await me(token)).body.code).toBe('session-ended');
    expect(await mismatchesOf(sid)).toBe(2);
  });

  it('of a banned account is account-banned until the ban ends, then session-ended', async () => {
    const person = await server.people.patient();
    const admin = await server.people.admin();
    const { body: ban } = await admin.api('POST', `/admin/users/${person.id}/ban`, {
      reason: 'Insults',
      durationMinutes: 1,
    });
    const { status, body } = await me(person.accessToken);
    expect([status, body.code, body.reason, body.until]).toEqual([403, 'account-banned', 'Insults', ban.until]);
    await server.ctx.db.execute(
      sql`UPDATE bans SET starts_at = starts_at - interval '1 hour', until = now() WHERE id = ${ban.id}`,
    );
    const after = await me(person.accessToken);
    expect([after.status, after.body.code]).toEqual([401, 'session-ended']);
  });
});

describe('what is no good token', () => {
  it('is unauthenticated, and a forged or wrong one is written down with where it came from', async () => {
    const { refreshToken, accessToken } = await server.people.patient();
    const forged = `${accessToken.slice(0, 200)}${accessToken[200] === 'A' ? 'B' : 'A'}${accessToken.slice(201)}`;
    for (const [index, token] of [refreshToken, forged].entries()) {
      const ip = `203.0.113.${index + 1}`;
      const answer = await me(token, { 'x-forwarded-for': ip });
      expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
      const [event] = await rowsOf(server.ctx, sql`SELECT kind, request_id FROM security_events WHERE ip = ${ip}`);
      expect(event).toEqual({ kind: 'token-forged', request_id: answer.headers.get('x-request-id') });
    }
  });

  it('a forged refresh token is written down as well', async () => {
    const { accessToken } = await server.people.patient();
    const ip = '203.0.113.77';
    await server.api('POST', '/auth/refresh', { refreshToken: accessToken }, { headers: { 'x-forwarded-for': ip } });
    const [event] = await rowsOf(server.ctx, sql`SELECT kind FROM security_events WHERE ip = ${ip}`);
    expect(event).toEqual({ kind: 'token-forged' });
  });

  it('a token past its time is unauthenticated', async () => {
    const { id, sessionId: sid } = await server.people.patient();
    const old = await server.ctx.tokens.mintAccess({
      sub: id,
      sid,
      role: 'patient',
      issuedAt: new Date(Date.now() - 16 * 60_000),
    });
    expect((await me(old.token)).body.code).toBe('unauthenticated');
  });
});

let node: Promise<{ url: string }> | undefined;
function second(): Promise<{ url: string }> {
  node ??= server.addNode({ roles: ['api'] });
  return node;
}

function mismatchesOf(sessionId: string): Promise<number> {
  return countOf(
    server.ctx,
    sql`SELECT count(*) AS n FROM security_events WHERE kind = 'session-mismatch' AND details ->> 'sessionId' = ${sessionId}`,
  );
}

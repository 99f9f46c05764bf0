import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsOf, rowsOf, sessionIsLive } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { type Answer, type Api, createApi, untilServed } from '../../../../test/http.ts';

let server: TestServer;
let otherNode: Api;
beforeAll(async () => {
  server = await startTestServer();
  otherNode = createApi((await server.addNode({ roles: ['api'] })).url);
});
afterAll(() => server.stop());

function refresh(refreshToken: string, api = server.api): Promise<Answer> {
  return api('POST', '/auth/refresh', { refreshToken });
}

/** Whether an access token lets a call through. */
async function isLive(accessToken: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${accessToken}` };
  return (await server.api('GET', '/auth/sessions', undefined, { headers })).status === 200;
}

/** As if so many seconds had passed since the session's tokens were rotated. */
async function ageRotations(sessionId: string, seconds: number): Promise<void> {
  await server.ctx.db.execute(
    sql`UPDATE refresh_tokens SET rotated_at = rotated_at - make_interval(secs => ${seconds}) WHERE session_id = ${sessionId}`,
  );
}

describe('rotation', () => {
  it('gives a new pair of the same session, which lives on', async () => {
    const person = await server.people.patient();
    const { status, body } = await refresh(person.refreshToken);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      tokenType: 'Bearer',
      expiresInS: 900,
      session: { id: person.sessionId },
      account: { id: person.id },
    });
    expect(body.refreshToken).not.toBe(person.refreshToken);
    expect(await isLive(body.accessToken)).toBe(true);
    expect((await refresh(body.refreshToken)).status).toBe(200);
  });

  it('moves the end of the session, and a session past its end is over', async () => {
    const person = await server.people.patient();
    await server.ctx.db.execute(
      sql`UPDATE sessions SET expires_at = now() + interval '1 hour' WHERE id = ${person.sessionId}`,
    );
    const { body } = await refresh(person.refreshToken);
    expect(Date.parse(body.session.expiresAt) - Date.now()).toBeGreaterThan(29 * 86_400_000);
    await server.ctx.db.execute(sql`UPDATE sessions SET expires_at = now() WHERE id = ${person.sessionId}`);
    expect((await refresh(body.refreshToken)).body.code).toBe('session-ended');
    expect(await isLive(body.accessToken)).toBe(false);
  });

  it('with a token that the session does not agree with is over, and written down', async () => {
    const [person, other] = await Promise.all([server.people.patient(), server.people.patient()]);
    const mismatches = async (sessionId: string) =>
      rowsOf<{ account_id: string | null }>(
        server.ctx,
        sql`SELECT account_id FROM security_events WHERE kind = 'session-mismatch' AND details ->> 'sessionId' = ${sessionId}`,
      );
    const [{ jti } = { jti: '' }] = await rowsOf<{ jti: string }>(
      server.ctx,
      sql`SELECT jti FROM refresh_tokens WHERE session_id = ${person.sessionId}`,
    );
    const own = { sub: person.id, sid: person.sessionId, role: 'patient' as const, jti };
    const unknown = { ...own, sid: crypto.randomUUID() };
    for (const claims of [
      { ...own, role: 'admin' as const },
      { ...own, sub: other.id },
      { ...own, sub: crypto.randomUUID() },
      unknown,
    ]) {
      const { token } = await server.ctx.tokens.mintRefresh({ ...claims, issuedAt: new Date() });
      expect((await refresh(token)).body.code).toBe('session-ended');
    }
    expect(await mismatches(unknown.sid)).toEqual([{ account_id: null }]);
    expect(await mismatches(person.sessionId)).toEqual([1, 2, 3].map(() => ({ account_id: null })));
    expect((await refresh(person.refreshToken)).status).toBe(200);
    await person.api('POST', '/auth/logout');
    await refresh(person.refreshToken);
    expect((await mismatches(person.sessionId)).at(-1)).toEqual({ account_id: person.id });
  });

  it('fifty at once on two nodes get the same successor, byte by byte', async () => {
    const person = await server.people.patient();
    const ask = (_: unknown, index: number) =>
      untilServed(() => refresh(person.refreshToken, index % 2 === 0 ? server.api : otherNode));
    const answers = await Promise.all(Array.from({ length: 50 }, ask));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const successors = new Set(answers.map(({ body }) => body.refreshToken));
    expect(successors.size).toBe(1);
    expect(successors.has(person.refreshToken)).toBe(false);
  });

  it('within the grace every older token gives the newest one: A→B→C gives C', async () => {
    const { refreshToken: a } = await server.people.patient();
    const b = (await refresh(a)).body.refreshToken;
    const c = (await refresh(b, otherNode)).body.refreshToken;
    expect((await refresh(a)).body.refreshToken).toBe(c);
    expect((await refresh(b)).body.refreshToken).toBe(c);
    expect((await refresh(c)).body.refreshToken).not.toBe(c);
  });

  it('29 s after the rotation is still within the grace', async () => {
    const person = await server.people.patient();
    const { body } = await refresh(person.refreshToken);
    await ageRotations(person.sessionId, 29);
    expect((await refresh(person.refreshToken)).body.refreshToken).toBe(body.refreshToken);
  });
});

describe('reuse after the grace', () => {
  it('ends the whole session, writes a security event and tells the owner', async () => {
    const person = await server.people.patient();
    const other = await server.people.logIn(person);
    const { body } = await refresh(person.refreshToken);
    await ageRotations(person.sessionId, 31);
    const reused = await refresh(person.refreshToken);
    expect([reused.status, reused.body.code]).toEqual([401, 'session-ended']);
    expect(await isLive(body.accessToken)).toBe(false);
    expect((await refresh(body.refreshToken)).body.code).toBe('session-ended');
    expect(await isLive(other.accessToken)).toBe(true);
    expect(await eventsOf(server.ctx, person.id)).toContain('refresh-token-reused');
    await server.mailbox.waitFor(person.email, 'logged a device out');
  });

  it('holds too when the rotated token has been cleaned away', async () => {
    const person = await server.people.patient();
    const { body } = await refresh(person.refreshToken);
    await server.ctx.db.execute(
      sql`DELETE FROM refresh_tokens WHERE session_id = ${person.sessionId} AND rotated_at IS NOT NULL`,
    );
    expect((await refresh(person.refreshToken)).body.code).toBe('session-ended');
    expect(await isLive(body.accessToken)).toBe(false);
  });

  it('of fifty reuses at once the owner gets one mail', async () => {
    const person = await server.people.patient();
    await refresh(person.refreshToken);
    await ageRotations(person.sessionId, 31);
    await Promise.all(Array.from({ length: 50 }, () => refresh(person.refreshToken)));
    await server.mailbox.waitFor(person.email, 'logged a device out');
    expect(server.mailbox.mails.filter(({ to }) => to === person.email)).toHaveLength(1);
  });
});

describe('what gives no new pair', () => {
  it('no token at all', async () => {
    const { status, body } = await server.api('POST', '/auth/refresh', {});
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
  });

  it.each(['', 'x', 'a.b.c.d.e', '..', 'null'])('the malformed token %j', async (token) => {
    const { status } = await refresh(token);
    expect(status).toBe(token === '' ? 400 : 401);
  });

  it('a changed bit anywhere in the token', async () => {
    const { refreshToken } = await server.people.patient();
    for (const index of [3, 30, 120, refreshToken.length - 4]) {
      const flipped = refreshToken[index] === 'A' ? 'B' : 'A';
      const forged = refreshToken.slice(0, index) + flipped + refreshToken.slice(index + 1);
      expect((await refresh(forged)).body.code).toBe('unauthenticated');
    }
    expect((await refresh(refreshToken)).status).toBe(200);
  });

  it('a banned account: it is told why', async () => {
    const person = await server.people.patient();
    const admin = await server.people.admin();
    await admin.api('POST', `/admin/users/${person.id}/ban`, { reason: 'Insults', durationMinutes: 5 });
    const { status, body } = await refresh(person.refreshToken);
    expect([status, body.code, body.reason]).toEqual([403, 'account-banned', 'Insults']);
    expect(body.until).toMatch(/Z$/);
  });

  it('a deleted account, banned before or not: the session is over', async () => {
    const admin = await server.people.admin();
    const [person, banned] = [await server.people.patient(), await server.people.patient()];
    await admin.api('POST', `/admin/users/${banned.id}/ban`, { reason: 'Insults', durationMinutes: null });
    for (const { id, refreshToken } of [person, banned]) {
      expect((await admin.api('DELETE', `/admin/users/${id}`, { reason: 'Asked for it' })).status).toBe(204);
      expect((await refresh(refreshToken)).body.code).toBe('session-ended');
    }
  });
});

describe('a refresh that races the end of the session leaves no live token', () => {
  const trials = 25;
  const ends: [name: string, end: (person: Person, admin: Person) => Promise<Answer>][] = [
    ['logout', (person) => person.api('POST', '/auth/logout')],
    [
      'a ban',
      (person, admin) => admin.api('POST', `/admin/users/${person.id}/ban`, { reason: 'Insults', durationMinutes: 1 }),
    ],
    ['deletion', (person, admin) => admin.api('DELETE', `/admin/users/${person.id}`, { reason: 'Asked for it' })],
    [
      'a changed password',
      async (person) => {
        const elsewhere = await server.people.logIn(person);
        return elsewhere.api('POST', '/auth/change-password', {
          currentPassword: person.password,
          newPassword: 'eight louder herons 43',
        });
      },
    ],
  ];

  it.each(ends)(`${trials} times against %s`, async (_name, end) => {
    const admin = await server.people.admin();
    const trial = async () => {
      const person = await server.people.patient();
      const [ended, first, second] = await Promise.all([
        end(person, admin),
        refresh(person.refreshToken),
        refresh(person.refreshToken, otherNode),
      ]);
      expect(ended.status).toBeLessThan(300);
      expect(await sessionIsLive(server.ctx, person.sessionId)).toBe(false);
      for (const { status, body } of [first, second]) {
        if (status !== 200) continue;
        expect(await isLive(body.accessToken)).toBe(false);
        expect((await refresh(body.refreshToken)).status).toBeGreaterThan(400);
      }
    };
    for (let done = 0; done < trials; done += 5) await Promise.all(Array.from({ length: 5 }, trial));
  });
});

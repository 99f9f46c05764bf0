import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import type { Answer } from '../../../test/http.ts';

let server: TestServer;
let admin: Person;
beforeAll(async () => {
  server = await startTestServer();
  admin = await server.people.admin();
});
afterAll(() => server.stop());

type Entry = { action: string; actorId: string; subjectId: string; at: string; id: string };

async function entries(query: string): Promise<Entry[]> {
  const { status, body } = await admin.api('GET', `/admin/audit?limit=100&${query}`);
  expect(status).toBe(200);
  return body.items;
}

/** A call from a known place. @returns its answer and the id of the request. */
async function from(
  ip: string,
  person: Person,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer & { requestId: string }> {
  const answer = await person.api(method, path, body, { headers: { 'x-forwarded-for': ip } });
  return { ...answer, requestId: answer.headers.get('x-request-id') ?? '' };
}

async function treatment(): Promise<{ patient: Person; doctor: Person; id: string }> {
  const [patient, doctor] = [await server.people.patient(), await server.people.doctor()];
  const { body } = await patient.api('POST', '/requests', {
    doctorId: doctor.id,
    complaint: 'A cough',
    urgency: 'routine',
  });
  return { patient, doctor, id: body.id };
}

describe('an entry says who did what to whose record, when, from where and in which call', () => {
  it('for a change', async () => {
    const { doctor, id } = await treatment();
    const { requestId } = await from('198.51.100.1', doctor, 'POST', `/requests/${id}/accept`);
    const [entry] = await entries(`subjectId=${id}&action=request.accepted`);
    expect(entry).toEqual({
      id: expect.any(String),
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      actorId: doctor.id,
      actorRole: 'doctor',
      action: 'request.accepted',
      subjectType: 'request',
      subjectId: id,
      ip: '198.51.100.1',
      requestId,
      outcome: 'ok',
      details: {},
    });
  });

  it('for reading a record', async () => {
    const { doctor, patient, id } = await treatment();
    await doctor.api('POST', `/requests/${id}/accept`);
    const readings: [path: string, subjectId: string][] = [
      [`/requests/${id}`, id],
      [`/patients/${patient.id}`, patient.id],
      [`/users/${patient.id}`, patient.id],
    ];
    for (const [path, subjectId] of readings) {
      const { requestId, status } = await from('198.51.100.2', doctor, 'GET', path);
      expect(status).toBe(200);
      const found = await entries(`actorId=${doctor.id}&subjectId=${subjectId}&action=record.read`);
      expect(found[0]).toMatchObject({ requestId, ip: '198.51.100.2', outcome: 'ok', actorRole: 'doctor' });
    }
  });

  it('for an admin who reads an account', async () => {
    const { patient } = await treatment();
    for (const path of [`/admin/users/${patient.id}`, `/users/${patient.id}`]) {
      const { requestId } = await from('198.51.100.3', admin, 'GET', path);
      const found = await entries(`actorId=${admin.id}&subjectId=${patient.id}`);
      expect(found[0]).toMatchObject({ action: 'account.read', requestId, outcome: 'ok' });
    }
  });

  it('for a refusal, whatever was tried', async () => {
    const { patient, id } = await treatment();
    const [stranger, other] = [await server.people.patient(), await server.people.doctor({ specialty: 'urology' })];
    const tries: [person: Person, method: string, path: string, subjectId: string, body?: object][] = [
      [stranger, 'GET', `/requests/${id}`, id],
      [stranger, 'POST', `/requests/${id}/cancel`, id, {}],
      [other, 'GET', `/requests/${id}`, id],
      [other, 'POST', `/requests/${id}/accept`, id],
      [other, 'GET', `/patients/${patient.id}`, patient.id],
      [other, 'GET', `/users/${patient.id}`, patient.id],
      [stranger, 'GET', `/users/${patient.id}`, patient.id],
    ];
    for (const [person, method, path, subjectId, body] of tries) {
      const { requestId, status } = await from('198.51.100.4', person, method, path, body);
      expect([path, status]).toEqual([path, 404]);
      const found = await entries(`actorId=${person.id}&subjectId=${subjectId}`);
      expect([path, found[0]]).toEqual([
        path,
        expect.objectContaining({ requestId, outcome: 'denied', ip: '198.51.100.4' }),
      ]);
    }
  });

  it('for logins, passwords and sessions', async () => {
    const person = await server.people.patient();
    const password = 'eight louder herons 43';
    await person.api('POST', '/auth/change-password', { currentPassword: person.password, newPassword: password });
    const login = await server.api('POST', '/auth/tokens', { email: person.email, password });
    await person.api('POST', '/auth/logout');
    const actions = (await entries(`actorId=${person.id}`)).map(({ action }) => action);
    expect(actions).toEqual(['session.ended', 'session.started', 'account.password-changed', 'session.started']);
    expect((await entries(`subjectId=${login.body.session.id}`))[0]).toMatchObject({
      action: 'session.started',
      actorId: person.id,
    });
  });

  it('for what an admin does to an account', async () => {
    const { doctor } = await treatment();
    const path = `/admin/users/${doctor.id}`;
    await admin.api('POST', `/admin/doctors/${doctor.id}/reject`, {});
    await admin.api('POST', `/admin/doctors/${doctor.id}/approve`, {});
    await admin.api('POST', `${path}/ban`, { reason: 'Insults', durationMinutes: 5 });
    await admin.api('DELETE', `${path}/ban`);
    await admin.api('DELETE', path, { reason: 'Asked for it' });
    const actions = (await entries(`actorId=${admin.id}&subjectId=${doctor.id}`)).map(({ action }) => action);
    const expected = ['account.deleted', 'account.unbanned', 'account.banned', 'doctor.approved', 'doctor.rejected'];
    expect(actions).toEqual(expected);
  });

  it('for looking at the audit itself', async () => {
    const { patient } = await treatment();
    await entries(`subjectId=${patient.id}`);
    const [entry] = await entries(`action=audit.read&actorId=${admin.id}`);
    expect(entry).toMatchObject({ action: 'audit.read', subjectId: patient.id });
  });

  it('but not for a change that was refused or lost: there was none', async () => {
    const { doctor, id } = await treatment();
    await doctor.api('POST', `/requests/${id}/close`);
    await doctor.api('POST', `/requests/${id}/accept`);
    await doctor.api('POST', `/requests/${id}/accept`);
    const actions = (await entries(`subjectId=${id}`)).map(({ action }) => action);
    expect(actions.filter((action) => action === 'request.accepted')).toHaveLength(1);
    expect(actions).not.toContain('request.closed');
  });
});

describe('the audit', () => {
  it.each([
    ['UPDATE', sql`UPDATE audit_log SET action = 'x'`],
    ['an UPDATE of no row', sql`UPDATE audit_log SET action = 'x' WHERE false`],
    ['DELETE', sql`DELETE FROM audit_log`],
    ['TRUNCATE', sql`TRUNCATE audit_log`],
  ])('refuses %s in Postgres itself', async (_what, statement) => {
    const before = await countOf(server.ctx, sql`SELECT count(*) AS n FROM audit_log`);
    await expect(server.ctx.db.execute(statement)).rejects.toMatchObject({
      cause: expect.objectContaining({ message: 'the audit log is append-only' }),
    });
    expect(await countOf(server.ctx, sql`SELECT count(*) AS n FROM audit_log`)).toBe(before);
  });

  it('is paged newest first, each entry once, while new ones come in', async () => {
    const person = await server.people.patient();
    for (let index = 0; index < 6; index += 1) await person.api('PATCH', '/me', { fullName: `Name ${index}` });
    const seen: Entry[] = [];
    let cursor = '';
    do {
      const { items, nextCursor } = (await admin.api('GET', `/admin/audit?actorId=${person.id}&limit=3${cursor}`)).body;
      seen.push(...items);
      await person.api('PATCH', '/me', { fullName: 'Another' });
      cursor = nextCursor === null ? '' : `&cursor=${nextCursor}`;
    } while (cursor !== '');
    expect(seen).toHaveLength(7);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(7);
    expect([...seen].sort((a, b) => b.at.localeCompare(a.at) || b.id.localeCompare(a.id))).toEqual(seen);
  });

  it('is filtered by time: from is in, to is out', async () => {
    const person = await server.people.patient();
    await person.api('PATCH', '/me', { fullName: 'Other' });
    const [last] = await entries(`actorId=${person.id}`);
    const at = last?.at ?? '';
    const later = new Date(Date.parse(at) + 1).toISOString();
    const found = async (query: string) =>
      (await entries(`actorId=${person.id}&action=profile.updated&${query}`)).length;
    expect(await found(`from=${at}`)).toBe(1);
    expect(await found(`from=${later}`)).toBe(0);
    expect(await found(`to=${at}`)).toBe(0);
    expect(await found(`to=${later}&from=${at}`)).toBe(1);
  });
});

describe('security events', () => {
  it('are listed newest first, by account and kind, in pages', async () => {
    const person = await server.people.patient();
    for (let index = 0; index < 5; index += 1) {
      const headers = { 'x-forwarded-for': `198.51.100.${index + 50}` };
      await server.api('POST', '/auth/tokens', { email: person.email, password: `wrong ${index}` }, { headers });
    }
    const list = async (query: string) =>
      (await admin.api('GET', `/admin/security-events?subjectId=${person.id}${query}`)).body;
    const first = await list('&limit=3');
    const second = await list(`&limit=3&cursor=${first.nextCursor}`);
    const all = [...first.items, ...second.items];
    expect(all.map(({ ip }) => ip)).toEqual([54, 53, 52, 51, 50].map((last) => `198.51.100.${last}`));
    for (const { kind, accountId, requestId } of all) {
      expect([kind, accountId]).toEqual(['login-failed', person.id]);
      expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(second.nextCursor).toBeNull();
    expect((await list('&action=login-failed')).items).toHaveLength(5);
    expect((await list('&action=token-forged')).items).toHaveLength(0);
  });
});

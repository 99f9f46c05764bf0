import * as contracts from '@openward/contracts';
import { basePath, type Contract, problems, routes } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bookOne, openDoctor } from '../src/modules/appointments/test-support.ts';
import { createExamples } from '../src/platform/http/openapi/examples.ts';
import { problemCodes } from '../src/platform/http/openapi/problems.ts';
import { createSchemas } from '../src/platform/http/openapi/schemas.ts';
import { newId } from '../src/platform/id.ts';
import { loadRole, roleNames } from '../src/roles.ts';
import { rowsOf } from './database.ts';
import type { Person } from './factories.ts';
import { eventually, startTestServer, type TestServer } from './harness.ts';
import { type Answer, type Api, withoutRequestId } from './http.ts';
import { pdf } from './images.ts';
import { addPasskey } from './passkeys.ts';
import { createSubscriber } from './push-service.ts';

type Caller = 'nobody' | 'patient' | 'doctor' | 'pending doctor' | 'admin';

let server: TestServer;
let callers: Record<Caller, Api>;
/** By the beginning of a path: the id of something that the callers may not know of. */
let hidden: [prefix: string, id: string][];

beforeAll(async () => {
  server = await startTestServer();
  const { people } = server;
  const [patient, doctor, pending, admin] = await Promise.all([
    people.patient(),
    people.doctor({ specialty: 'urology' }),
    people.doctor({ approved: false }),
    people.admin(),
  ]);
  callers = {
    nobody: server.api,
    patient: patient.api,
    doctor: doctor.api,
    'pending doctor': pending.api,
    admin: admin.api,
  };
  const [stranger, treating] = await Promise.all([people.patient(), people.doctor()]);
  const request = await treatment(stranger, treating);
  const off = await treating.api('POST', '/me/hours/exceptions', { kind: 'off', fromDay: '2027-01-02' });
  hidden = [
    ['/requests/{id}', request],
    ['/rooms/{id}', request],
    ['/patients/{id}', stranger.id],
    ['/users/{id}', stranger.id],
    ['/auth/sessions/{id}', stranger.sessionId],
    ['/auth/mfa/passkeys/{id}', (await addPasskey(stranger)).id],
    ['/me/push-subscriptions/{id}', await subscribe(stranger)],
    ['/admin/doctors/{id}', stranger.id],
    ['/admin/abuse/{id}', stranger.id],
    ['/doctors/{id}', pending.id],
    ['/me/hours/exceptions/{id}', off.body.exception.id],
    ['/appointments/{id}', (await bookOne(stranger, await openDoctor(server))).id],
    ['/me/approval/documents/{id}', await document(await people.doctor({ approved: false }))],
    ['/admin/approval-documents/{id}', stranger.id],
    ['/chat/attachments/{link}', request],
  ];
});
afterAll(() => server.stop());

/** A request with an open room, in which the callers have no part. */
async function treatment(patient: Person, doctor: Person): Promise<string> {
  const body = { doctorId: doctor.id, complaint: 'A cough', urgency: 'routine' };
  const { id } = (await patient.api('POST', '/requests', body)).body;
  await doctor.api('POST', `/requests/${id}/accept`);
  await eventually('the room is open', async () => (await doctor.api('GET', `/rooms/${id}`)).status === 200);
  await doctor.api('POST', `/rooms/${id}/messages`, { clientId: 'c1', text: 'Hello' });
  return id;
}

async function subscribe(person: Person): Promise<string> {
  return (await person.api('POST', '/me/push-subscriptions', createSubscriber().subscription)).body.id;
}

/** A doctor's licence, as far as a server looks at it. */
async function document(doctor: Person): Promise<string> {
  const options = { raw: pdf, headers: { 'content-type': 'application/pdf' } };
  return (await doctor.api('POST', '/me/approval/documents?name=licence.pdf', undefined, options)).body.id;
}

const table = [...routes].map(([name, contract]) => ({ title: `${contract.method} ${contract.path}`, name, contract }));
const examples = createExamples(routes, createSchemas(contracts));

function mayCall({ who }: Contract, caller: Caller): boolean {
  if (who === 'anyone') return true;
  if (caller === 'nobody') return false;
  return who === 'logged-in' || (caller !== 'pending doctor' && who.includes(caller));
}

function callersOf(contract: Contract): Caller[] {
  return (Object.keys(callers) as Caller[]).filter((caller) => caller !== 'nobody' && mayCall(contract, caller));
}

function pathOf({ path, query: shape }: Contract, id = newId()): string {
  const required = (shape as { required?: string[] } | undefined)?.required ?? [];
  const query = required.map((name, index) => `${index === 0 ? '?' : '&'}${name}=a`).join('');
  return (
    path
      .replace('{id}', id)
      .replace('{link}', id)
      .replace(/\{(attachmentId|diagnosisId)\}/, newId())
      .replace('{seq}', '1') + query
  );
}

/** A call by somebody, whose answer must be one that the contract knows, with the headers that every answer has. */
async function call(contract: Contract, caller: Caller, path: string, body?: unknown): Promise<Answer> {
  const headers = ['/auth/login', '/auth/login/passkey'].includes(contract.path) ? { 'sec-fetch-site': 'none' } : {};
  const file = contract.upload !== undefined && body === undefined ? { raw: 'x' } : {};
  const type = 'raw' in file ? { 'content-type': 'image/png' } : {};
  const answer = await callers[caller](contract.method, path, body, { headers: { ...headers, ...type }, ...file });
  const about = `${contract.method} ${path} as ${caller}: ${JSON.stringify(answer.body)}`;
  const header = (name: string) => answer.headers.get(name) ?? '';
  expect(header('x-request-id'), about).toMatch(/^[0-9a-f-]{36}$/);
  expect(header('ratelimit-policy'), about).toMatch(/^"[a-z.]+";q=\d+;w=\d+$/);
  expect(header('ratelimit'), about).toMatch(/^"[a-z.]+";r=\d+;t=\d+$/);
  const isPublic = contract.who === 'anyone' && contract.method === 'GET' && answer.status < 400;
  if (!isPublic) expect(header('cache-control'), about).toBe('no-store');
  expect(header('x-content-type-options'), about).toBe('nosniff');
  expect(header('strict-transport-security'), about).toContain('max-age=');
  expect(header('content-security-policy'), about).toContain("default-src 'none'");
  expect(header('referrer-policy'), about).toBe('no-referrer');
  expect(header('x-powered-by') + header('server'), about).toBe('');
  if (answer.status < 400) expect(Object.keys(contract.replies), about).toContain(String(answer.status));
  else {
    expect(header('content-type'), about).toContain('application/problem+json');
    expect(problemCodes(contract), about).toContain(answer.body.code);
    expect(answer.body.requestId, about).toBe(header('x-request-id'));
    // RFC 9110, 15.5.2: a 401 has to say how to authenticate.
    expect(header('www-authenticate'), about).toBe(answer.status === 401 ? 'Bearer' : '');
  }
  return answer;
}

const exampleBody = (name: string, contract: Contract) =>
  contract.body === undefined ? undefined : examples.body(name, contract);

describe('without credentials every route that is not open to anyone is 401', () => {
  it.each(table.filter(({ contract }) => contract.who !== 'anyone'))('$title', async ({ contract }) => {
    const { status, body } = await call(contract, 'nobody', pathOf(contract));
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
  });
});

describe('to the wrong role every route is 403', () => {
  it.each(table.filter(({ contract }) => Array.isArray(contract.who)))('$title', async ({ contract }) => {
    for (const caller of ['patient', 'doctor', 'pending doctor', 'admin'] as const) {
      if (mayCall(contract, caller)) continue;
      const { status, body } = await call(contract, caller, pathOf(contract));
      const code = caller === 'pending doctor' && contract.who.includes('doctor') ? 'doctor-not-approved' : 'forbidden';
      expect([caller, status, body.code]).toEqual([caller, 403, code]);
    }
  });
});

describe('a missing, a malformed and a hidden id get the same 404', () => {
  it.each(table.filter(({ contract }) => contract.params !== undefined))('$title', async ({ name, contract }) => {
    const [, hiddenId] = hidden.find(([prefix]) => contract.path.startsWith(prefix)) ?? [];
    const known = contract.path.startsWith('/admin/users/');
    expect(known || hiddenId !== undefined, 'a resource of which the guard knows no hidden one').toBe(true);
    // An admin may know of every user, so that there is none to hide.
    const asking =
      contract.who === 'anyone'
        ? (['nobody'] as const)
        : callersOf(contract).filter((caller) => caller !== 'admin' || contract.path !== '/users/{id}');
    expect(asking.length).toBeGreaterThan(0);
    for (const caller of asking) {
      const answer = (id?: string) => call(contract, caller, pathOf(contract, id), exampleBody(name, contract));
      const missing = await answer();
      const others = [await answer('not-an-id'), ...(hiddenId === undefined ? [] : [await answer(hiddenId)])];
      expect([caller, missing.status, missing.body.code]).toEqual([caller, 404, 'not-found']);
      for (const other of others) expect(withoutRequestId(other.body)).toEqual(withoutRequestId(missing.body));
    }
  });
});

/** Everything of the main database that a refused call must not change. */
async function contents(): Promise<unknown> {
  const kept = [
    'accounts',
    'patients',
    'doctors',
    'care_requests',
    'diagnoses',
    'ratings',
    'schedules',
    'schedule_hours',
    'schedule_exceptions',
    'appointments',
    'bans',
    'email_links',
    'totp_factors',
    'recovery_codes',
    'passkeys',
    'passkey_challenges',
    'idempotency_keys',
    'refresh_tokens',
    'abuse_cases',
    'notifications',
    'notification_preferences',
    'push_subscriptions',
    'care_transfers',
    'ban_appeals',
    'diagnosis_corrections',
    'approval_requests',
    'approval_documents',
  ];
  const digests = kept.map((name) =>
    rowsOf(
      server.ctx,
      sql`SELECT md5(string_agg(t::text, '' ORDER BY t::text)) AS digest FROM ${sql.identifier(name)} t`,
    ),
  );
  const ended = rowsOf(server.ctx, sql`SELECT count(*) AS n FROM sessions WHERE ended_at IS NOT NULL`);
  return Promise.all([...digests, ended]);
}

describe('an unknown field in the body is a 400 that names it, and nothing changes', () => {
  // A file has no fields.
  it.each(table.filter(({ contract }) => contract.method !== 'GET' && !contract.upload))(
    '$title',
    async ({ name, contract }) => {
      const before = await contents();
      const caller = contract.who === 'anyone' ? 'nobody' : (callersOf(contract)[0] ?? 'nobody');
      const body = { ...(exampleBody(name, contract) as object | undefined), zzUnknown: true };
      const answer = await call(contract, caller, pathOf(contract), body);
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid-request']);
      const unknown = { path: 'zzUnknown', code: 'unknown-field', detail: expect.any(String) };
      expect(answer.body.errors).toEqual([unknown]);
      expect(await contents()).toEqual(before);
    },
  );
});

describe('an unknown query parameter is a 400 that names it', () => {
  it.each(table)('$title', async ({ name, contract }) => {
    const caller = contract.who === 'anyone' ? 'nobody' : (callersOf(contract)[0] ?? 'nobody');
    const answer = await call(
      contract,
      caller,
      `${pathOf(contract)}${pathOf(contract).includes('?') ? '&' : '?'}zzUnknown=1`,
      exampleBody(name, contract),
    );
    expect([answer.status, answer.body.errors?.map(({ path }: { path: string }) => path)]).toEqual([
      400,
      ['zzUnknown'],
    ]);
  });
});

describe('every list and every page of one’s own is answered as its contract says', () => {
  it.each(table.filter(({ contract }) => contract.method === 'GET' && contract.params === undefined))(
    '$title',
    async ({ contract }) => {
      for (const caller of contract.who === 'anyone' ? (['nobody'] as const) : callersOf(contract)) {
        expect((await call(contract, caller, contract.path)).status).toBe(200);
      }
    },
  );
});

describe('the table itself', () => {
  const keyOf = ({ method, path }: Contract) => `${method} ${path}`;

  it('is served whole, each route by exactly one role', async () => {
    const roles = await Promise.all(roleNames.map(loadRole));
    const served = roles.flatMap((role) => role.routes.map(({ contract }) => keyOf(contract)));
    expect(served.sort()).toEqual([...routes.values()].map(keyOf).sort());
    expect(new Set(served).size).toBe(served.length);
  });

  it('gives the chat role /chat and /rooms, the api role the rest, the worker nothing', async () => {
    const pathsOf = async (name: (typeof roleNames)[number]) =>
      (await loadRole(name)).routes.map(({ contract }) => contract.path);
    const isChat = (path: string) => /^\/(chat|rooms)(\/|$)/.test(path);
    expect((await pathsOf('chat')).every(isChat)).toBe(true);
    expect((await pathsOf('api')).some(isChat)).toBe(false);
    expect(await pathsOf('worker')).toEqual([]);
  });

  it('names only codes that exist, and 404 wherever an id is in the path', () => {
    for (const { title, contract } of table) {
      for (const code of contract.errors) expect(Object.keys(problems), title).toContain(code);
      if (contract.params !== undefined) expect(contract.errors, title).toContain('not-found');
    }
  });

  it('takes no field that is not closed to unknown ones', () => {
    for (const { title, contract } of table) {
      for (const shape of [contract.params, contract.query, contract.body]) {
        if (shape !== undefined)
          expect((shape as { additionalProperties?: boolean }).additionalProperties, title).toBe(false);
      }
    }
  });

  it('lies below one base path', () => {
    expect(basePath).toBe('/api/v1');
    for (const { title, contract } of table)
      expect(contract.path, title).toMatch(/^(\/(\{\w+\}|[a-z][a-z0-9-]*(\.pdf|\.csv)?))+$/);
  });
});

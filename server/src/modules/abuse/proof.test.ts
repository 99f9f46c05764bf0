import { createClient } from '@openward/client';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClock } from '../../../test/authenticator.ts';
import { countOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { eventually, type TestServer } from '../../../test/harness.ts';
import { type Answer, createApi } from '../../../test/http.ts';
import { dropUsedProofs } from './proof.ts';
import { raiseCase } from './raise-case.ts';
import { findRule } from './rules.ts';
import { call, casesOf, newAddress, solve, startGuarded, untilStep, walk } from './test-support.ts';

let server: TestServer & { clock: TestClock };
let admin: Person;
beforeAll(async () => {
  server = await startGuarded();
  admin = await server.people.admin();
});
afterAll(() => server.stop());

/** An address that is asked for proofs. */
async function suspect(): Promise<string> {
  const ip = newAddress();
  walk(server, { ip }, 30);
  await untilStep(server, 'id-walking', ip, 'slow');
  walk(server, { ip }, 30);
  await untilStep(server, 'id-walking', ip, 'proof');
  return ip;
}

const get = (ip: string, headers?: Record<string, string>) => call(server, ip, 'GET', '/specialties', headers);

function changed(header: Record<string, string>, change: (payload: Payload) => void): Record<string, string> {
  const payload = JSON.parse(Buffer.from(header['openward-proof'] ?? '', 'base64').toString()) as Payload;
  change(payload);
  return { 'openward-proof': Buffer.from(JSON.stringify(payload)).toString('base64') };
}

type Payload = {
  challenge: { parameters: Record<string, unknown> & { data: Record<string, string> }; signature: string };
  solution: { counter: number; derivedKey: string };
};

describe('a proof of work', () => {
  it('is asked for with 428, never cached, and lets one call through', async () => {
    const ip = await suspect();
    const asked = await get(ip);
    expect([asked.status, asked.body.code, asked.headers.get('cache-control')]).toEqual([
      428,
      'proof-required',
      'no-store',
    ]);
    expect(asked.body.challenge).toMatchObject({
      parameters: { algorithm: 'PBKDF2/SHA-256' },
      signature: expect.any(String),
    });
    expect(JSON.stringify(asked.body)).not.toContain(ip);
    expect((await get(ip, await solve(asked))).status).toBe(200);
    expect((await get(ip)).status).toBe(428);
  });

  it('is good once, on whatever node: of twenty at once one gets through', async () => {
    const ip = await suspect();
    const other = createApi((await server.addNode({ roles: ['api'], overrides: { clock: server.clock } })).url);
    const proof = await solve(await get(ip));
    const apis = [server.api, other];
    const answers: Answer[] = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (apis[index % 2] ?? server.api)('GET', '/specialties', undefined, {
          headers: { 'x-forwarded-for': ip, ...proof },
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 428)).toHaveLength(19);
    expect((await get(ip, proof)).status).toBe(428);
  });

  it('of another address, or too late, is refused', async () => {
    const [one, another] = [await suspect(), await suspect()];
    expect((await get(another, await solve(await get(one)))).status).toBe(428);
    const late = await solve(await get(one));
    server.clock.putForward(3 * 60_000);
    expect((await get(one, late)).status).toBe(428);
  });

  it('that is tampered with is refused', async () => {
    const ip = await suspect();
    const proof = await solve(await get(ip));
    const tampered: ((payload: Payload) => void)[] = [
      ({ challenge }) => Object.assign(challenge.parameters, { keyPrefix: '' }),
      ({ challenge }) => Object.assign(challenge.parameters, { cost: 1 }),
      ({ challenge }) => Object.assign(challenge.parameters, { expiresAt: 4_000_000_000 }),
      ({ challenge }) => Object.assign(challenge.parameters, { nonce: '00'.repeat(16) }),
      ({ challenge }) => Object.assign(challenge.parameters.data, { kid: 'another' }),
      ({ challenge }) => Object.assign(challenge, { signature: '00'.repeat(32) }),
      ({ challenge }) => Object.assign(challenge, { signature: undefined }),
      ({ solution }) => Object.assign(solution, { counter: solution.counter + 1 }),
      ({ solution }) => Object.assign(solution, { counter: -1 }),
      ({ solution }) => Object.assign(solution, { derivedKey: '00'.repeat(32) }),
      (payload) => Object.assign(payload, { solution: null }),
    ];
    for (const change of tampered) expect((await get(ip, changed(proof, change))).status).toBe(428);
    for (const garbage of ['x', '{}', Buffer.from('null').toString('base64'), 'A'.repeat(5000)])
      expect((await get(ip, { 'openward-proof': garbage })).status).toBe(428);
    expect((await get(ip, proof)).status).toBe(200);
  });

  it('is forgotten once its challenge has run out', async () => {
    const ip = await suspect();
    expect((await get(ip, await solve(await get(ip)))).status).toBe(200);
    const used = () => countOf(server.ctx, sql`SELECT count(*) AS n FROM abuse_used_proofs`);
    await dropUsedProofs(server.ctx);
    expect(await used()).toBeGreaterThan(0);
    server.clock.putForward(3 * 60_000);
    await dropUsedProofs(server.ctx);
    expect(await used()).toBe(0);
  });

  it('is solved by the client by itself, for calls that create as well', async () => {
    const ip = await suspect();
    const behind: typeof fetch = (url, init) =>
      fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), 'x-forwarded-for': ip } });
    const client = createClient({ baseUrl: server.url, fetch: behind });
    expect((await client.listSpecialties()).items.length).toBeGreaterThan(0);
    await expect(client.forgotPassword({ email: 'nobody@example.org' })).resolves.toEqual({
      status: 'check-your-email',
    });
    const { email, password } = await server.people.patient();
    await client.login({ email, password });
    expect((await client.getMe()).email).toBe(email);
  });
});

describe('an admin', () => {
  const list = async (query = '') => (await admin.api('GET', `/admin/abuse?limit=100${query}`)).body.items;

  it('sees against whom, by which rule, why, and what is done until when', async () => {
    const ip = await suspect();
    const found = (await list()).find(({ subject }: { subject: string }) => subject === ip);
    expect(found).toMatchObject({
      rule: 'id-walking',
      means: expect.stringContaining('different ids'),
      subjectType: 'address',
      step: 'proof',
      score: 60,
      evidence: { windowS: 3600, signals: { 'not-found': 60 }, routes: ['/requests/{id}'], goodAccounts: 0 },
      endedAt: null,
      liftedBy: null,
    });
    expect(Date.parse(found.until) - Date.parse(found.changedAt)).toBe(15 * 60_000);
  });

  it('lifts a case: at once, written down, and for a day the same rule does not come back', async () => {
    const ip = await suspect();
    const [{ id } = { id: '' }] = await casesOf(server, ip);
    const reason = 'The practice next door';
    const lifted = await admin.api('POST', `/admin/abuse/${id}/lift`, { reason });
    expect([lifted.status, lifted.body.liftedBy, lifted.body.liftReason]).toEqual([200, admin.id, reason]);
    await eventually('the address is let in', async () => (await get(ip)).status === 200);
    expect((await admin.api('POST', `/admin/abuse/${id}/lift`, { reason })).body.code).toBe('invalid-transition');
    walk(server, { ip }, 300);
    const [witness, later] = [await suspect(), 25 * 3_600_000];
    expect(await casesOf(server, witness)).toHaveLength(1);
    expect(await casesOf(server, ip)).toEqual([]);
    expect((await get(ip)).status).toBe(200);

    const { items } = (await admin.api('GET', `/admin/audit?subjectId=${id}&action=abuse.lifted`)).body;
    expect(items[0]).toMatchObject({ actorId: admin.id, details: { rule: 'id-walking', step: 'proof', reason } });
    const events = (await admin.api('GET', '/admin/security-events?action=abuse-lifted')).body.items;
    expect(events.some(({ details }: { details: { caseId: string } }) => details.caseId === id)).toBe(true);
    expect((await list('&state=ended')).map((one: { id: string }) => one.id)).toContain(id);

    server.clock.putForward(later);
    walk(server, { ip }, 30);
    await untilStep(server, 'id-walking', ip, 'slow');
  });

  it('opens no case for who is trusted, though a node has not heard of it yet', async () => {
    const ip = await suspect();
    const [{ id } = { id: '' }] = await casesOf(server, ip);
    await admin.api('POST', `/admin/abuse/${id}/lift`, { reason: 'The practice next door' });
    const rule = findRule('id-walking');
    if (rule === undefined) throw new Error('There is no such rule.');
    const evidence = { windowS: rule.windowS, signals: {}, routes: [], goodAccounts: 0 };
    const row = await raiseCase(server.ctx, rule, { type: 'address', id: ip }, { score: 10_000, evidence });
    expect(row).toMatchObject({ id, endedAt: expect.any(String) });
    expect(await casesOf(server, ip)).toEqual([]);
  });
});

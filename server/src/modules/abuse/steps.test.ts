import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClock } from '../../../test/authenticator.ts';
import { rowsOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { eventually, type TestServer } from '../../../test/harness.ts';
import { settleCases } from './settle-cases.ts';
import { bearer, call, casesOf, newAddress, solve, startGuarded, times, untilStep, walk } from './test-support.ts';

let server: TestServer & { clock: TestClock };
let admin: Person;
beforeAll(async () => {
  server = await startGuarded();
  admin = await server.people.admin();
});
afterAll(() => server.stop());

const minute = 60_000;

async function auditOf(caseId: string): Promise<{ action: string; details: { from: string | null; step: string } }[]> {
  return rowsOf(
    server.ctx,
    sql`SELECT action, actor_role, ip, details FROM audit_log WHERE subject_id = ${caseId} ORDER BY at, id`,
  );
}

describe('a case goes up step by step, and down by itself', () => {
  it('slow, proof, block, attention, and back; every step is an audit entry and a security event', async () => {
    const { id, email } = await server.people.patient();
    const person = { id, email };
    const steps = [
      ['slow', 30],
      ['proof', 30],
      ['block', 60],
      ['attention', 120],
    ] as const;
    let caseId = '';
    for (const [step, points] of steps) {
      walk(server, person, points - 1);
      expect((await casesOf(server, id)).map((one) => one.step)).not.toContain(step);
      walk(server, person, 1);
      caseId = (await untilStep(server, 'id-walking', id, step)).id;
    }
    const mail = await server.mailbox.waitFor(admin.email, 'looks like abuse');
    expect(mail.text).toContain('/admin/abuse');
    expect(mail.text).not.toContain(email);

    const down: [number, string | undefined][] = [
      [121, 'block'],
      [30, 'proof'],
      [15, 'slow'],
      [10, undefined],
    ];
    for (const [minutes, step] of down) {
      server.clock.putForward(minutes * minute);
      // The worker's own clock may be at it at the same moment.
      await eventually(`it is at ${step}`, async () => {
        await settleCases(server.ctx);
        return (await casesOf(server, id))[0]?.step === step;
      });
    }
    const entries = await auditOf(caseId);
    expect(entries.map(({ action, details }) => [action, details.from, details.step])).toEqual([
      ['abuse.step-raised', null, 'slow'],
      ['abuse.step-raised', 'slow', 'proof'],
      ['abuse.step-raised', 'proof', 'block'],
      ['abuse.step-raised', 'block', 'attention'],
      ['abuse.step-lowered', 'attention', 'block'],
      ['abuse.step-lowered', 'block', 'proof'],
      ['abuse.step-lowered', 'proof', 'slow'],
      ['abuse.ended', 'slow', 'ended'],
    ]);
    expect(entries.every((entry) => 'actor_role' in entry && entry.actor_role === null)).toBe(true);
    const events = await rowsOf<{ step: string }>(
      server.ctx,
      sql`SELECT details->>'step' AS step FROM security_events WHERE kind = 'abuse-step' AND account_id = ${id} ORDER BY at, id`,
    );
    expect(events.map(({ step }) => step)).toEqual(entries.map(({ details }) => details.step));
  });

  it('is written down once for each step, however many workers settle at once', async () => {
    const { id } = await server.people.patient();
    walk(server, { id }, 30);
    const { id: caseId } = await untilStep(server, 'id-walking', id, 'slow');
    server.clock.putForward(11 * minute);
    await Promise.all(times(10).map(() => settleCases(server.ctx)));
    await eventually('it has ended', async () => (await casesOf(server, id)).length === 0);
    expect((await auditOf(caseId)).map(({ action }) => action)).toEqual(['abuse.step-raised', 'abuse.ended']);
  });

  it('is raised once, however many signals come at once', async () => {
    const { id } = await server.people.patient();
    walk(server, { id }, 59);
    const { id: caseId } = await untilStep(server, 'id-walking', id, 'slow');
    expect(await auditOf(caseId)).toHaveLength(1);
  });

  it('begins to count anew when it goes down: one more slip does not bring the block back', async () => {
    const person = await server.people.patient();
    const { id } = person;
    for (const [step, points] of [
      ['slow', 30],
      ['proof', 30],
      ['block', 60],
    ] as const) {
      walk(server, { id }, points);
      await untilStep(server, 'id-walking', id, step);
    }
    // Not settled yet: no worker has looked.
    server.clock.putForward(31 * minute);
    walk(server, { id }, 1);
    expect((await person.api('GET', '/me')).status).toBe(428);
    walk(server, { id }, 117);
    const [{ id: caseId } = { id: '' }] = await casesOf(server, id);
    await eventually('it is raised again', async () => {
      walk(server, { id }, 1);
      return (await auditOf(caseId)).length === 5;
    });
    const down = (await auditOf(caseId)).slice(3).map(({ action, details }) => [action, details.step]);
    expect(down).toEqual([
      ['abuse.step-lowered', 'proof'],
      ['abuse.step-raised', 'block'],
    ]);
  });
});

describe('what a step does', () => {
  it('slow: the answer comes half a second later or more; what would wait beyond ten calls is 429', async () => {
    const ip = newAddress();
    const get = () => call(server, ip, 'GET', '/specialties');
    walk(server, { ip }, 30);
    await untilStep(server, 'id-walking', ip, 'slow');
    const startedAt = performance.now();
    const answers = await Promise.all(times(14).map(get));
    expect(performance.now() - startedAt).toBeGreaterThan(500);
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(10).fill(200), ...Array(4).fill(429)]);
    expect(answers.find(({ status }) => status === 429)?.headers.get('retry-after')).toBe('2');
  });

  it('block: 403 until when, for nobody’s calls alone; a session behind the address goes on', async () => {
    const ip = newAddress();
    const person = await server.people.patient();
    for (const [step, points] of [
      ['slow', 30],
      ['proof', 30],
      ['block', 60],
    ] as const) {
      walk(server, { ip }, points);
      await untilStep(server, 'id-walking', ip, step);
    }
    for (const path of ['/specialties', '/me']) {
      const { status, body, headers } = await call(server, ip, 'GET', path);
      expect([path, status, body.code]).toEqual([path, 403, 'temporarily-blocked']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(29 * 60);
      expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(30 * 60);
    }
    for (const path of ['/specialties', '/me'])
      expect((await call(server, ip, 'GET', path, bearer(person))).status).toBe(200);
    const body = { refreshToken: person.refreshToken };
    expect((await call(server, ip, 'POST', '/auth/refresh', {}, body)).status).toBe(200);
    expect((await call(server, newAddress(), 'GET', '/specialties')).status).toBe(200);
    // A session that is made up is nobody.
    const made = { authorization: 'Bearer made-up' };
    expect((await call(server, ip, 'GET', '/specialties', made)).body.code).toBe('temporarily-blocked');
    server.clock.putForward(31 * minute);
    expect((await call(server, ip, 'GET', '/specialties')).body.code).toBe('proof-required');
  });

  it('a block by account hits that account, wherever it calls from, and no other', async () => {
    const [person, other] = [await server.people.patient(), await server.people.patient()];
    for (const [step, points] of [
      ['slow', 30],
      ['proof', 30],
      ['block', 60],
    ] as const) {
      walk(server, person, points);
      await untilStep(server, 'id-walking', person.id, step);
    }
    const ip = newAddress();
    expect((await call(server, ip, 'GET', '/me', bearer(person))).body.code).toBe('temporarily-blocked');
    expect((await call(server, ip, 'GET', '/me', bearer(other))).status).toBe(200);
    expect((await call(server, ip, 'POST', '/auth/logout', bearer(person))).status).toBe(204);
  });

  it('hits only the routes of its rule', async () => {
    const ip = newAddress();
    const tell = (count: number) => {
      const ctx = server.ctx.as(null, { requestId: null, ip, userAgent: null });
      for (const _ of times(count)) ctx.guard.note(ctx, { kind: 'registered' });
    };
    tell(10);
    await untilStep(server, 'registration-burst', ip, 'proof');
    expect((await call(server, ip, 'POST', '/auth/register', {}, {})).body.code).toBe('proof-required');
    expect((await call(server, ip, 'GET', '/specialties')).status).toBe(200);
  });

  it('who is asked for a proof and does not answer goes on to the block; who solves them does not', async () => {
    const [stubborn, honest] = [newAddress(), newAddress()];
    for (const ip of [stubborn, honest]) {
      walk(server, { ip }, 30);
      await untilStep(server, 'id-walking', ip, 'slow');
      walk(server, { ip }, 87);
      await untilStep(server, 'id-walking', ip, 'proof');
    }
    for (const _ of times(4)) {
      const asked = await call(server, honest, 'GET', '/specialties');
      expect(asked.status).toBe(428);
      expect((await call(server, honest, 'GET', '/specialties', await solve(asked))).status).toBe(200);
      await call(server, stubborn, 'GET', '/specialties');
    }
    await untilStep(server, 'id-walking', stubborn, 'block');
    expect((await casesOf(server, honest))[0]?.step).toBe('proof');
  });
});

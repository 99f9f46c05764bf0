import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#platform/id.ts';
import { countOf, rowsOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { withParts } from '../../../test/with-parts.ts';
import type { Actor, Ctx } from '../../context.ts';
import { acceptRequest, addDiagnosis, releaseRequest, submitRequest } from '../care/index.ts';
import { banUser } from '../people/index.ts';
import { sendMessage } from './send-message.ts';
import { settleLease, settleOverdueLeases } from './settle-lease.ts';
import { syncRoom } from './sync-room.ts';
import { acceptAs, submitTo } from './test-support.ts';

const trials = 100;
const finding = { title: 'Cold', description: 'A cold', recommendations: 'Tea' };

let server: TestServer;
let ctx: Ctx;
let patient: Person;
let doctor: Person;
let admin: Person;
beforeAll(async () => {
  // Nobody works: each test says itself what runs when.
  server = await startTestServer({ roles: ['api', 'chat'] });
  ({ ctx } = server);
  [patient, doctor, admin] = await Promise.all([
    server.people.patient(),
    server.people.doctor({ specialty: 'neurology' }),
    server.people.admin(),
  ]);
});
afterAll(() => server.stop());

function as({ id, sessionId }: Person, role: Actor['role']): Ctx {
  return ctx.as({ accountId: id, role, sessionId, approved: true, factorMissing: false });
}

/** A request that was accepted, with its room open, whose time is over. */
async function overdue(): Promise<string> {
  const id = newId();
  await ctx.db.execute(sql`
    INSERT INTO care_requests (id, patient_id, doctor_id, specialty, open_to_specialty, complaint, urgency, status, version, accepted_at, accepted_until)
    VALUES (${id}, ${patient.id}, ${doctor.id}, 'neurology', true, 'Headache', 'routine', 'accepted', 2, now(), now() - interval '1 second')`);
  await syncRoom(ctx, { requestId: id });
  return id;
}

const endTime = (id: string) =>
  ctx.db.execute(sql`UPDATE care_requests SET accepted_until = now() - interval '1 second' WHERE id = ${id}`);

const say = (id: string, clientId = 'first') => sendMessage(as(doctor, 'doctor'), { id, clientId, text: 'Hello' });
const codeOf = (error: unknown) => (error as { code?: string }).code ?? String(error);

async function stateOf(id: string) {
  const [request] = await rowsOf<{ status: string; until: string | null }>(
    ctx,
    sql`SELECT status, accepted_until AS until FROM care_requests WHERE id = ${id}`,
  );
  const { rows } = await ctx.chatDb.execute(sql`SELECT status FROM rooms WHERE room_id = ${id}`);
  const events = await rowsOf<{ kind: string }>(
    ctx,
    sql`SELECT kind FROM care_request_events WHERE request_id = ${id} ORDER BY at, id`,
  );
  return {
    status: request?.status,
    until: request?.until ?? null,
    room: rows[0]?.['status'],
    events: events.map(({ kind }) => kind),
  };
}

/** Races the end of a lease a hundred times, ten at once. @returns how often which came first. */
async function race(other: (id: string) => Promise<unknown>, check: (id: string, won: boolean) => Promise<void>) {
  const outcomes = { kept: 0, ended: 0 };
  for (let round = 0; round < trials / 10; round += 1) {
    await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const id = await overdue();
        const delayed = async (work: () => Promise<unknown>, turns: number) => {
          for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
          return work();
        };
        const won = await Promise.all([
          delayed(() => settleLease(ctx, { requestId: id }), index % 2 === 0 ? 0 : 3),
          delayed(() => other(id), index % 2 === 0 ? 3 : 0).then(
            () => true,
            (error: unknown) => {
              expect(['invalid-transition', 'room-closed', 'not-found']).toContain(codeOf(error));
              return false;
            },
          ),
        ]);
        await syncRoom(ctx, { requestId: id });
        await check(id, won[1]);
        outcomes[won[1] ? 'kept' : 'ended'] += 1;
      }),
    );
  }
  return outcomes;
}

describe('a lease that ends races', () => {
  it('the first message: it is written and the request stays, or it is refused and the request goes back', async () => {
    const outcomes = await race(say, async (id, written) => {
      const expected = written
        ? { status: 'accepted', until: null, room: 'open', events: [] }
        : { status: 'submitted', until: null, room: 'closed', events: ['lease-ended'] };
      expect(await stateOf(id)).toEqual(expected);
      const { rows } = await ctx.chatDb.execute(sql`SELECT count(*)::int AS n FROM messages WHERE room_id = ${id}`);
      expect(rows).toEqual([{ n: written ? 1 : 0 }]);
    });
    expect(Math.min(outcomes.kept, outcomes.ended)).toBeGreaterThan(0);
  });

  it('a diagnosis: it is made and the room is open, or the request goes back without one', async () => {
    const diagnose = (id: string) => addDiagnosis(as(doctor, 'doctor'), { id, ...finding });
    const outcomes = await race(diagnose, async (id, made) => {
      const expected = made
        ? { status: 'diagnosed', until: null, room: 'open', events: [] }
        : { status: 'submitted', until: null, room: 'closed', events: ['lease-ended'] };
      expect(await stateOf(id)).toEqual(expected);
      expect(await countOf(ctx, sql`SELECT count(*) AS n FROM diagnoses WHERE request_id = ${id}`)).toBe(made ? 1 : 0);
    });
    expect(Math.min(outcomes.kept, outcomes.ended)).toBeGreaterThan(0);
  });

  it('a release: the request goes back once, for one of the two reasons', async () => {
    const release = (id: string) => releaseRequest(as(doctor, 'doctor'), { id, reason: 'Away' });
    const outcomes = await race(release, async (id, released) => {
      const events = [released ? 'released' : 'lease-ended'];
      expect(await stateOf(id)).toEqual({ status: 'submitted', until: null, room: 'closed', events });
    });
    expect(Math.min(outcomes.kept, outcomes.ended)).toBeGreaterThan(0);
  });

  it('a ban: each request goes back once', async () => {
    for (let round = 0; round < trials / 10; round += 1) {
      const ids = await Promise.all(Array.from({ length: 10 }, overdue));
      await Promise.all([
        ...ids.map((requestId) => settleLease(ctx, { requestId })),
        banUser(as(admin, 'admin'), { id: doctor.id, reason: 'Race', durationMinutes: null }),
      ]);
      for (const id of ids) {
        const { status, until, room, events } = await stateOf(id);
        expect([status, until, room, events.length]).toEqual(['submitted', null, 'closed', 1]);
        expect(['taken-back', 'lease-ended']).toContain(events[0]);
      }
      await admin.api('DELETE', `/admin/users/${doctor.id}/ban`);
    }
  });

  it('itself on ten workers: it ends once, with one entry and one notice to each', async () => {
    const id = await overdue();
    const doctorTold = sql`SELECT count(*) AS n FROM notifications WHERE account_id = ${doctor.id} AND kind = 'lease-ended'`;
    const before = await countOf(ctx, doctorTold);
    await Promise.all(Array.from({ length: 10 }, () => settleLease(ctx, { requestId: id })));
    expect((await stateOf(id)).events).toEqual(['lease-ended']);
    const audited = sql`SELECT count(*) AS n FROM audit_log WHERE subject_id = ${id} AND action = 'request.lease-ended' AND actor_id IS NULL`;
    expect(await countOf(ctx, audited)).toBe(1);
    const told = sql`SELECT kind FROM notifications WHERE request_id = ${id} AND kind LIKE '%lease-ended'`;
    expect(await rowsOf(ctx, told)).toEqual([{ kind: 'request-lease-ended' }]);
    expect((await countOf(ctx, doctorTold)) - before).toBe(1);
  });
});

describe('an end that broke off between the two databases', () => {
  /** The chat has closed the room; the main database gives up before it commits. */
  async function breakOff(id: string): Promise<void> {
    const failing = withParts(ctx, {
      tx: (work) =>
        ctx.tx(async (inside) => {
          await work(inside);
          throw new Error('killed');
        }),
    });
    await expect(settleLease(failing, { requestId: id })).rejects.toThrow('killed');
    expect(await stateOf(id)).toMatchObject({ status: 'accepted', room: 'closed' });
  }

  it('is ended by the next try, which the clock makes where a job was lost', async () => {
    const id = await overdue();
    await breakOff(id);
    await settleOverdueLeases(ctx);
    expect(await stateOf(id)).toMatchObject({ status: 'submitted', room: 'closed' });
  });

  it('leaves no room closed whose request was diagnosed in between', async () => {
    const id = await overdue();
    await breakOff(id);
    await addDiagnosis(as(doctor, 'doctor'), { id, ...finding });
    await settleLease(ctx, { requestId: id });
    expect(await stateOf(id)).toMatchObject({ status: 'diagnosed', room: 'open' });
    await say(id);
  });

  it('opens no room that a late job of the accept finds', async () => {
    const { id } = await submitRequest(as(patient, 'patient'), {
      doctorId: doctor.id,
      complaint: 'Headache',
      urgency: 'routine',
    });
    await acceptRequest(as(doctor, 'doctor'), { id });
    await endTime(id);
    await breakOff(id);
    await syncRoom(ctx, { requestId: id });
    await expect(say(id)).rejects.toMatchObject({ code: 'not-found' });
    await settleLease(ctx, { requestId: id });
    expect(await stateOf(id)).toMatchObject({ status: 'submitted', room: 'closed' });
  });
});

describe('with a worker', () => {
  let server: TestServer;
  let ctx: Ctx;
  beforeAll(async () => {
    server = await startTestServer();
    ({ ctx } = server);
  });
  afterAll(() => server.stop());

  it('the first message of the doctor fulfils the lease, once for each accept; the patient’s does not', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), server.people.doctor()]);
    const id = await submitTo(patient, doctor);
    const accepted = await doctor.api('POST', `/requests/${id}/accept`);
    const leftMs = Date.parse(accepted.body.acceptedUntil) - Date.now();
    expect(leftMs / 60_000).toBeCloseTo(30, 0);
    await acceptAs(doctor, id);
    await patient.api('POST', `/rooms/${id}/messages`, { clientId: 'p', text: 'Hello?' });
    await settleLease(ctx, { requestId: id });
    const untilOf = async () => (await doctor.api('GET', `/requests/${id}`)).body.acceptedUntil;
    expect(await untilOf()).toBe(accepted.body.acceptedUntil);
    expect((await patient.api('GET', `/requests/${id}`)).body.acceptedUntil).toBeUndefined();
    await doctor.api('POST', `/rooms/${id}/messages`, { clientId: 'd', text: 'Hello.' });
    await eventually('the lease is fulfilled', async () => (await untilOf()) === null);
    // What was said before a release is no word of the next time.
    await doctor.api('POST', `/requests/${id}/release`, { reason: 'Away' });
    await eventually('the doctor is out', async () => (await doctor.api('GET', `/rooms/${id}`)).status === 404);
    await acceptAs(doctor, id);
    await settleLease(ctx, { requestId: id });
    expect(await untilOf()).toEqual(expect.any(String));
    await doctor.api('POST', `/rooms/${id}/messages`, { clientId: 'd2', text: 'Hello again.' });
    await eventually('it is fulfilled again', async () => (await untilOf()) === null);
  });

  it('a request whose time is over goes back: the room closes, both are told, a colleague can take it', async () => {
    const [patient, asked, colleague] = await Promise.all([
      server.people.patient(),
      server.people.doctor({ specialty: 'hepatology' }),
      server.people.doctor({ specialty: 'hepatology' }),
    ]);
    const id = await submitTo(patient, asked);
    await acceptAs(asked, id);
    await ctx.db.execute(sql`UPDATE care_requests SET accepted_until = now() WHERE id = ${id}`);
    await settleOverdueLeases(ctx);
    const { body } = await patient.api('GET', `/requests/${id}`);
    expect(body).toMatchObject({ status: 'submitted', doctor: null, returned: { because: 'lease-ended' } });
    expect((await asked.api('GET', `/rooms/${id}`)).status).toBe(404);
    expect((await patient.api('GET', `/rooms/${id}`)).body.status).toBe('closed');
    await server.mailbox.waitFor(patient.email, 'waits for another doctor');
    await server.mailbox.waitFor(asked.email, 'A request you took waits again');
    await acceptAs(colleague, id);
  });
});

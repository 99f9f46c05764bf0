import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf, jobsAreDone, rowsOf } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../../test/harness.ts';
import type { Answer } from '../../../../test/http.ts';
import type { Actor, Ctx } from '../../../context.ts';
import { actorFor } from '../../appointments/test-support.ts';
import { openRoom, submitTo } from '../../chat/test-support.ts';
import { banUser, liftBan } from '../../people/moderate-user.ts';
import { removeCareRecord } from '../remove-record.ts';
import { consentTransfer, withdrawTransfer } from './decide-transfer.ts';
import { acceptTransfer } from './take-over.ts';

let server: TestServer;
let admin: Person;
beforeAll(async () => {
  server = await startTestServer();
  admin = await server.people.admin();
});
afterAll(() => server.stop());

const note = 'Xanthodermia of the elbow, needs another eye';
const diagnosis = { title: 'Bronchitis', description: 'Airways', recommendations: 'Rest' };

type Case = { id: string; patient: Person; from: Person; to: Person };

async function treated(): Promise<Case> {
  const [{ roomId, patient, doctor }, to] = await Promise.all([
    openRoom(server),
    server.people.doctor({ specialty: 'neurology', fullName: 'Tess Taker' }),
  ]);
  return { id: roomId, patient, from: doctor, to };
}

const offer = ({ id, from, to }: Case) => from.api('POST', `/requests/${id}/transfer`, { doctorId: to.id, note });
const act = (person: Person, id: string, what: string) => person.api('POST', `/requests/${id}/transfer/${what}`);

async function consented(): Promise<Case> {
  const one = await treated();
  await offer(one);
  expect((await act(one.patient, one.id, 'consent')).status).toBe(200);
  return one;
}

const kindsOf = async (person: Person): Promise<string[]> =>
  (await person.api('GET', '/notifications')).body.items.map(({ kind }: { kind: string }) => kind);

const refused = ({ status, body }: Answer) => [status, body.code];

describe('a handover', () => {
  it('changes hands once the patient has consented and the other has taken it; the room follows with its history', async () => {
    const one = await treated();
    const { id, patient, from, to } = one;
    await patient.api('POST', `/rooms/${id}/messages`, { clientId: 'a', text: 'Since Monday' });
    const offered = await offer(one);
    expect(offered.status).toBe(201);
    const transfer = {
      status: 'offered',
      from: { id: from.id },
      to: { id: to.id, specialty: { code: 'neurology' } },
      note,
    };
    expect((await patient.api('GET', `/requests/${id}`)).body.transfer).toMatchObject(transfer);
    // Before the consent the other doctor cannot know of it.
    expect((await to.api('GET', `/requests/${id}`)).status).toBe(404);
    expect((await to.api('GET', '/transfers')).body.items).toEqual([]);
    expect((await to.api('GET', '/me/export')).body.transfers).toEqual([]);
    expect(refused(await act(to, id, 'accept'))).toEqual([404, 'not-found']);
    await act(patient, id, 'consent');
    expect((await to.api('GET', '/transfers')).body.items).toMatchObject([
      { id, transfer: { status: 'consented', note } },
    ]);
    expect((await to.api('GET', `/requests/${id}`)).body).toMatchObject({ doctor: { id: from.id } });
    expect((await to.api('GET', `/rooms/${id}`)).status).toBe(404);

    const taken = await act(to, id, 'accept');
    expect(taken.body).toMatchObject({ status: 'accepted', doctor: { id: to.id }, specialty: { code: 'neurology' } });
    expect(taken.body.transfer).toBeUndefined();
    expect((await act(to, id, 'accept')).status).toBe(200);
    await eventually('the room follows', async () => (await to.api('GET', `/rooms/${id}`)).status === 200);
    const { items } = (await to.api('GET', `/rooms/${id}/messages?after=0`)).body;
    expect(items).toMatchObject([{ text: 'Since Monday' }]);
    for (const path of [`/requests/${id}`, `/rooms/${id}`, `/patients/${patient.id}`])
      expect([path, (await from.api('GET', path)).status]).toEqual([path, 404]);
    expect((await patient.api('POST', `/rooms/${id}/messages`, { clientId: 'b', text: 'Hello' })).status).toBe(201);
    expect((await to.api('POST', `/requests/${id}/diagnoses`, diagnosis)).status).toBe(201);
  });

  it('leaves the rating with who diagnosed: the doctor before, until the new one has', async () => {
    const rate = (one: Case) => one.patient.api('POST', `/requests/${one.id}/rating`, { stars: 5 });
    const countOf = async ({ id }: Person) => (await admin.api('GET', `/doctors/${id}`)).body.rating.count;
    const cases = await Promise.all(
      [false, true].map(async (diagnosesAgain) => {
        const one = await treated();
        const { id, patient, from, to } = one;
        await from.api('POST', `/requests/${id}/diagnoses`, diagnosis);
        await offer(one);
        await act(patient, id, 'consent');
        expect((await act(to, id, 'accept')).status).toBe(200);
        if (diagnosesAgain) await to.api('POST', `/requests/${id}/diagnoses`, { ...diagnosis, title: 'Asthma' });
        expect((await rate(one)).status).toBe(201);
        return [await countOf(from), await countOf(to)];
      }),
    );
    expect(cases).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it('tells each of the three what they need to know, and nobody by mail what it is about', async () => {
    const { id, patient, from, to } = await consented();
    expect(await kindsOf(patient)).toEqual(['transfer-offered', 'request-accepted']);
    expect(await kindsOf(to)).toEqual(['transfer-waiting']);
    await act(to, id, 'accept');
    expect(await kindsOf(patient)).toContain('transfer-done');
    expect(await kindsOf(from)).toContain('transfer-done');
    const mails = await Promise.all([
      server.mailbox.waitFor(patient.email, 'asks for your consent'),
      server.mailbox.waitFor(to.email, 'hand a patient over to you'),
      server.mailbox.waitFor(from.email, 'handover is done'),
    ]);
    for (const { raw } of mails) expect(raw).not.toContain('Xanthodermia');
    expect(mails[0]?.raw).not.toContain('Tess Taker');
  });

  it.each([
    ['refused by the patient', 'refuse', 'patient', 'offered'],
    ['refused by the patient after the consent', 'refuse', 'patient', 'consented'],
    ['withdrawn', 'withdraw', 'from', 'offered'],
    ['withdrawn after the consent', 'withdraw', 'from', 'consented'],
    ['declined', 'decline', 'to', 'consented'],
  ] as const)(
    '%s leaves the doctor, is gone for the other, and another can be proposed',
    async (_how, what, who, when) => {
      const one = when === 'consented' ? await consented() : await treated();
      if (when === 'offered') await offer(one);
      expect((await act(one[who], one.id, what)).status).toBeLessThan(300);
      const { body } = await one.patient.api('GET', `/requests/${one.id}`);
      expect([body.doctor.id, body.transfer]).toEqual([one.from.id, undefined]);
      expect((await one.to.api('GET', `/requests/${one.id}`)).status).toBe(404);
      expect(refused(await act(one.patient, one.id, 'consent'))).toEqual([409, 'invalid-transition']);
      expect((await offer(one)).status).toBe(201);
      expect(refused(await offer(one))).toEqual([409, 'transfer-pending']);
    },
  );

  it('is taken again by who treats, and by nobody of whom the request is not in treatment', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), server.people.doctor()]);
    const submit = async () =>
      (await patient.api('POST', '/requests', { doctorId: doctor.id, complaint: 'Cough', urgency: 'routine' })).body.id;
    const [sent, declined, closed] = [await submit(), await submit(), await submit()];
    await doctor.api('POST', `/requests/${declined}/decline`, { reason: 'Away' });
    await doctor.api('POST', `/requests/${closed}/accept`);
    expect((await act(doctor, closed, 'accept')).status).toBe(200);
    await doctor.api('POST', `/requests/${closed}/diagnoses`, diagnosis);
    await doctor.api('POST', `/requests/${closed}/close`);
    for (const id of [sent, declined, closed])
      expect(refused(await act(doctor, id, 'accept'))).toEqual([409, 'invalid-transition']);
  });

  it('is for the doctor who treats to propose, from the accept to the close, to another whom patients could find', async () => {
    const one = await treated();
    const [pending, stranger] = await Promise.all([server.people.doctor({ approved: false }), server.people.doctor()]);
    const propose = (by: Person, doctorId: string) => by.api('POST', `/requests/${one.id}/transfer`, { doctorId });
    expect(refused(await propose(stranger, one.to.id))).toEqual([404, 'not-found']);
    expect((await propose(one.from, one.from.id)).body.errors).toMatchObject([{ path: 'doctorId' }]);
    for (const id of [pending.id, one.patient.id, admin.id])
      expect(refused(await propose(one.from, id))).toEqual([404, 'not-found']);
    await one.from.api('POST', `/requests/${one.id}/diagnoses`, diagnosis);
    expect((await offer(one)).status).toBe(201);
    await act(one.from, one.id, 'withdraw');
    await one.from.api('POST', `/requests/${one.id}/close`);
    expect(refused(await offer(one))).toEqual([409, 'invalid-transition']);
    const waiting = { doctorId: one.from.id, complaint: 'A cough', urgency: 'routine' };
    const { body } = await one.patient.api('POST', '/requests', waiting);
    const early = await one.from.api('POST', `/requests/${body.id}/transfer`, { doctorId: one.to.id });
    expect(refused(early)).toEqual([409, 'invalid-transition']);
  });

  it.each([
    ['the release', ({ id, from }: Case) => from.api('POST', `/requests/${id}/release`, { reason: 'Away' })],
    ['a ban of who gives', ({ from }: Case) => ban(from)],
    ['a ban of who is to take', ({ to }: Case) => ban(to)],
    ['the deletion of who is to take', ({ to }: Case) => remove(to)],
    ['the deletion of the patient', ({ patient }: Case) => remove(patient)],
  ])('ends with %s', async (_what, end) => {
    const one = await consented();
    expect((await end(one)).status).toBeLessThan(300);
    const rows = await rowsOf(server.ctx, sql`SELECT status FROM care_transfers WHERE request_id = ${one.id}`);
    expect(rows).toEqual([{ status: 'ended' }]);
    if ((await one.to.api('GET', '/me')).status === 200)
      expect(refused(await act(one.to, one.id, 'accept'))).toEqual([404, 'not-found']);
  });
});

const ban = (person: Person) =>
  admin.api('POST', `/admin/users/${person.id}/ban`, { reason: 'A test', durationMinutes: 5 });
const remove = (person: Person) => admin.api('DELETE', `/admin/users/${person.id}`, { reason: 'A test' });

/** A request that somebody treats with a transfer, without what leads there. */
async function madeCase(people: Omit<Case, 'id'>, status: 'offered' | 'consented'): Promise<string> {
  const [row] = await rowsOf<{ id: string }>(
    server.ctx,
    sql`WITH request AS (
        INSERT INTO care_requests (id, patient_id, doctor_id, specialty, open_to_specialty, complaint, urgency, status, accepted_at)
        VALUES (gen_random_uuid(), ${people.patient.id}, ${people.from.id}, 'cardiology', false, 'x', 'routine', 'accepted', now())
        RETURNING id
      )
      INSERT INTO care_transfers (id, request_id, from_doctor_id, to_doctor_id, status, consented_at)
      SELECT gen_random_uuid(), id, ${people.from.id}, ${people.to.id}, ${status},
        CASE WHEN ${status} = 'consented' THEN now() END FROM request
      RETURNING request_id AS id`,
  );
  return row?.id ?? '';
}

const as = (person: Person, role: Actor['role']): Ctx => server.ctx.as(actorFor(person, role));

const three = async () => {
  const [patient, from, to] = await Promise.all([
    server.people.patient(),
    server.people.doctor(),
    server.people.doctor({ specialty: 'neurology' }),
  ]);
  return { patient, from, to };
};

async function treatedBy(patient: Person, doctor: Person): Promise<string> {
  const id = await submitTo(patient, doctor);
  await doctor.api('POST', `/requests/${id}/accept`);
  return id;
}

const stateOf = async (id: string) => {
  const [row] = await rowsOf<{ doctor: string | null; status: string; transfer: string }>(
    server.ctx,
    sql`SELECT r.doctor_id AS doctor, r.status, t.status AS transfer FROM care_requests r
      JOIN care_transfers t ON t.request_id = r.id WHERE r.id = ${id}`,
  );
  return row;
};

describe('a doctor who leaves', () => {
  it('is told what is open, can propose one for all, and what was diagnosed is closed with a notice; patients go on reading', async () => {
    const one = await treated();
    const { from, to, patient } = one;
    const second = await openRoom(server, { doctor: from });
    await from.api('POST', `/requests/${second.roomId}/diagnoses`, diagnosis);
    await from.api('POST', `/rooms/${second.roomId}/messages`, { clientId: 'x', text: 'Drink a lot' });
    expect((await from.api('POST', '/me/handover', { doctorId: to.id, note })).body).toEqual({
      offered: 2,
      pending: 0,
    });
    expect((await from.api('POST', '/me/handover', { doctorId: to.id })).body).toEqual({ offered: 0, pending: 2 });
    expect((await from.api('POST', '/me/deletion', { password: from.password })).body).toEqual({
      status: 'check-your-email',
      openRequests: 2,
    });
    await act(patient, one.id, 'consent');
    await act(to, one.id, 'accept');
    const link = await server.mailbox.waitFor(from.email, 'delet');
    expect((await server.api('POST', '/me/deletion/confirm', { token: server.mailbox.tokenIn(link) })).status).toBe(
      204,
    );
    expect((await patient.api('GET', `/requests/${one.id}`)).body.doctor.id).toBe(to.id);
    const left = second.patient;
    expect((await left.api('GET', `/requests/${second.roomId}`)).body).toMatchObject({
      status: 'closed',
      diagnoses: [{ title: 'Bronchitis' }],
    });
    expect(await kindsOf(left)).toContain('doctor-left');
    await eventually(
      'the room is closed',
      async () => (await left.api('GET', `/rooms/${second.roomId}`)).body.status === 'closed',
    );
    const { items } = (await left.api('GET', `/rooms/${second.roomId}/messages?after=0`)).body;
    expect(items).toMatchObject([{ text: 'Drink a lot' }]);
  });
});

describe('proposing one for all', () => {
  it('leaves what was lost meanwhile, and goes on', async () => {
    const [{ patient, from, to }, colleague] = [await three(), await server.people.doctor()];
    const [first = '', second = ''] = [
      await treatedBy(patient, from),
      await treatedBy(patient, from),
      await treatedBy(patient, from),
    ].toSorted();
    await jobsAreDone(server.ctx);
    const handing = await server.ctx.tx(async ({ db }) => {
      await db.execute(sql`SELECT 1 FROM care_requests WHERE id = ${first} FOR NO KEY UPDATE`);
      const answer = from.api('POST', '/me/handover', { doctorId: to.id });
      await eventually('the first is waited for', async () => (await waiting()) >= 1);
      await from.api('POST', `/requests/${second}/release`, { reason: 'Away' });
      expect((await colleague.api('POST', `/requests/${second}/accept`)).status).toBe(200);
      return { answer };
    });
    expect((await handing.answer).body).toEqual({ offered: 2, pending: 0 });
    const denied = sql`SELECT count(*) AS n FROM audit_log WHERE actor_id = ${from.id} AND outcome = 'denied'`;
    expect(await countOf(server.ctx, denied)).toBe(0);
  });

  it('takes somebody else whom patients could find, also where there is nothing to hand over', async () => {
    const { patient, from } = await three();
    const propose = (doctorId: string) => from.api('POST', '/me/handover', { doctorId });
    for (const id of [crypto.randomUUID(), patient.id]) expect(refused(await propose(id))).toEqual([404, 'not-found']);
    const { status, body } = await propose(from.id);
    expect([status, body.errors]).toMatchObject([400, [{ path: 'doctorId', code: 'own-account' }]]);
  });
});

it('the note is in the patient’s export and not in the doctors’, and goes with the record', async () => {
  const { patient, from, to } = await consented();
  expect((await patient.api('GET', '/me/export')).body.transfers).toMatchObject([{ note, status: 'consented' }]);
  for (const doctor of [from, to]) {
    const { body } = await doctor.api('GET', '/me/export');
    expect(body.transfers).toMatchObject([{ status: 'consented' }]);
    expect(JSON.stringify(body)).not.toContain('Xanthodermia');
  }
  await remove(patient);
  await server.ctx.tx((ctx) => removeCareRecord(ctx, patient.id));
  const rows = sql`SELECT note FROM care_transfers t JOIN care_requests r ON r.id = t.request_id WHERE r.patient_id = ${patient.id}`;
  expect(await rowsOf(server.ctx, rows)).toEqual([{ note: null }]);
});

/** How many wait for a lock of somebody else. */
const waiting = () =>
  countOf(
    server.ctx,
    sql`SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );

describe('at the same moment', () => {
  it('consent and a ban of who proposed do not wait for each other', async () => {
    const people = await three();
    const id = await madeCase(people, 'offered');
    await server.ctx.db.execute(
      sql`UPDATE care_requests SET status = 'diagnosed', diagnosed_at = now() WHERE id = ${id}`,
    );
    let tries = 0;
    // A deadlock would be healed by beginning anew.
    const begin = (work: (ctx: Ctx) => Promise<unknown>) =>
      server.ctx.tx((ctx) => {
        tries += 1;
        return work(ctx);
      });
    const racing = await server.ctx.tx(async ({ db }) => {
      await db.execute(sql`SELECT 1 FROM care_transfers WHERE request_id = ${id} FOR UPDATE`);
      const banned = begin((ctx) =>
        banUser(ctx.as(actorFor(admin, 'admin')), { id: people.from.id, reason: 'Race', durationMinutes: 5 }),
      );
      await eventually('the ban waits', async () => (await waiting()) >= 1);
      const consent = begin((ctx) => consentTransfer(ctx.as(actorFor(people.patient, 'patient')), { id }));
      await eventually('the consent waits', async () => (await waiting()) >= 2);
      return { ends: [banned, consent] };
    });
    const [banned, consent] = await Promise.allSettled(racing.ends);
    expect([banned?.status, consent?.status, tries]).toEqual(['fulfilled', 'rejected', 2]);
    expect(await stateOf(id)).toEqual({ doctor: people.from.id, status: 'diagnosed', transfer: 'ended' });
  });

  it('consent and withdrawal leave it withdrawn, and the other doctor out, in a hundred trials', async () => {
    const people = await three();
    const seen = { consented: 0, late: 0 };
    for (let trial = 0; trial < 100; trial += 1) {
      const id = await madeCase(people, 'offered');
      const [consent] = await Promise.allSettled([
        consentTransfer(as(people.patient, 'patient'), { id }),
        withdrawTransfer(as(people.from, 'doctor'), { id }),
      ]);
      seen[consent.status === 'fulfilled' ? 'consented' : 'late'] += 1;
      expect(await stateOf(id)).toEqual({ doctor: people.from.id, status: 'accepted', transfer: 'withdrawn' });
      await expect(acceptTransfer(as(people.to, 'doctor'), { id })).rejects.toMatchObject({ code: 'not-found' });
    }
    // Both orders came up, or the race was none.
    expect(seen.consented).toBeGreaterThan(0);
    expect(seen.late).toBeGreaterThan(0);
  });

  it('taking over and a ban leave no request with the banned doctor, in a hundred trials', async () => {
    const people = await three();
    const seen = { taken: 0, refused: 0 };
    for (let trial = 0; trial < 100; trial += 1) {
      const id = await madeCase(people, 'consented');
      const [taken, banned] = await Promise.allSettled([
        acceptTransfer(as(people.to, 'doctor'), { id }),
        banUser(as(admin, 'admin'), { id: people.to.id, reason: 'Race', durationMinutes: null }),
      ]);
      expect(banned.status).toBe('fulfilled');
      const state = await stateOf(id);
      // Taken first: done, then it went back. Banned first: ended, and it never moved. What is answered is what was at the moment of the answer.
      if (state?.transfer === 'done') expect(state).toMatchObject({ status: 'submitted', doctor: null });
      else expect(state).toEqual({ doctor: people.from.id, status: 'accepted', transfer: 'ended' });
      seen[state?.transfer === 'done' ? 'taken' : 'refused'] += 1;
      if (state?.transfer === 'ended') expect(taken.status).toBe('rejected');
      await liftBan(as(admin, 'admin'), { id: people.to.id });
    }
    expect(seen.taken).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(0);
  });
});

import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf, rowsOf } from '../../../test/database.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { inTwenties } from '../../../test/in-twenties.ts';
import type { Ctx } from '../../context.ts';
import { bookAppointment } from './book-appointment.ts';
import { removeHourException } from './change-exceptions.ts';
import { actorFor, alwaysOpen, book, bookOne, freeSlots, openDoctor } from './test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const people = (count: number) => inTwenties(Array.from({ length: count }), () => [server.people.patient()]);

describe('booking', () => {
  it('makes an appointment and a request that waits for it, kept for its doctor and in no box', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), openDoctor(server)]);
    const [slot = ''] = await freeSlots(patient, doctor);
    const { status, body } = await book(patient, doctor, slot, { urgency: 'urgent', timeZone: 'america/new_york' });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      ...{ status: 'booked', startsAt: slot, requestStatus: 'submitted', roomId: null, movesLeft: 3 },
      ...{ patient: { id: patient.id }, doctor: { id: doctor.id, fullName: doctor.fullName } },
    });
    expect(Date.parse(body.endsAt) - Date.parse(slot)).toBe(30 * 60_000);
    const request = (await patient.api('GET', `/requests/${body.requestId}`)).body;
    expect(request).toMatchObject({
      ...{ status: 'submitted', complaint: 'A sore throat.', urgency: 'urgent', appointmentAt: slot },
      doctor: { id: doctor.id },
    });
    expect((await doctor.api('GET', '/requests?box=incoming')).body.items).toEqual([]);
    expect((await doctor.api('GET', `/requests/${body.requestId}`)).status).toBe(200);
    const rows = await rowsOf(
      server.ctx,
      sql`SELECT patient_time_zone AS zone FROM appointments WHERE id = ${body.id}`,
    );
    expect(rows).toEqual([{ zone: 'America/New_York' }]);
    expect(await freeSlots(patient, doctor)).not.toContain(slot);
  });

  it('with the same Idempotency-Key makes one', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), openDoctor(server)]);
    const [slot] = await freeSlots(patient, doctor);
    const body = { doctorId: doctor.id, startsAt: slot, complaint: 'A cough' };
    const call = () => patient.api('POST', '/appointments', body, { headers: { 'idempotency-key': 'once' } });
    const [first, second] = [await call(), await call()];
    expect([first.status, second.status, second.body.id]).toEqual([201, 201, first.body.id]);
  });

  it('refuses what is not offered, too soon, too far ahead, over, or taken, and leaves no request behind', async () => {
    const [patient, other, doctor] = await Promise.all([
      server.people.patient(),
      server.people.patient(),
      openDoctor(server, { noticeMinutes: 2880, aheadDays: 10 }),
    ]);
    const slots = await freeSlots(patient, doctor);
    const [slot = ''] = slots;
    const shifted = (ms: number) => new Date(Date.parse(slot) + ms).toISOString();
    const day = 86_400_000;
    const refused = async (startsAt: string, code: string) => {
      const { status, body } = await book(patient, doctor, startsAt);
      expect([startsAt, status, body.code]).toEqual([startsAt, 409, code]);
    };
    await refused(shifted(60_000), 'slot-unavailable');
    await refused(shifted(-2 * day), 'slot-unavailable');
    await refused(shifted(9 * day), 'slot-unavailable');
    await refused(shifted(-30 * day), 'slot-unavailable');
    expect((await book(other, doctor, slot)).status).toBe(201);
    await refused(slot, 'slot-taken');
    expect((await patient.api('GET', '/requests')).body.items).toEqual([]);
  });

  it('of a doctor who takes none, has no hours or cannot be found says so', async () => {
    const [patient, closed, without] = await Promise.all([
      server.people.patient(),
      openDoctor(server),
      server.people.doctor(),
    ]);
    const [slot = ''] = await freeSlots(patient, closed);
    await closed.api('PATCH', '/me', { doctor: { acceptingRequests: false } });
    expect((await book(patient, closed, slot)).body.code).toBe('doctor-not-accepting');
    expect(await freeSlots(patient, closed)).toEqual([]);
    expect((await book(patient, without, slot)).body.code).toBe('slot-unavailable');
    expect((await book(patient, patient, slot)).body.code).toBe('not-found');
    const { body } = await book(patient, closed, slot, { timeZone: 'Mars/Base' });
    expect(body.errors).toMatchObject([{ path: 'timeZone' }]);
  });

  it('stops at twenty to come', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), openDoctor(server)]);
    const slots = await freeSlots(patient, doctor);
    for (const slot of slots.slice(0, 20)) expect((await book(patient, doctor, slot)).status).toBe(201);
    expect((await book(patient, doctor, slots[20] ?? '')).body.code).toBe('too-many-appointments');
  });
});

describe('one slot', () => {
  it('goes to exactly one of a hundred patients, and to exactly one of six in a hundred races', async () => {
    const patients = await people(100);
    const ctxs = patients.map((patient) => server.ctx.as(actorFor(patient, 'patient')));
    const [first] = patients;
    if (first === undefined) throw new Error('Nobody is there.');
    const book = (ctx: Ctx, doctorId: string, startsAt: string) =>
      bookAppointment(ctx, { doctorId, startsAt, complaint: 'A cough' }).then(
        () => 'won',
        ({ code }) => code,
      );
    const lost = (count: number) => Array.from({ length: count }, () => 'slot-taken');
    const crowded = await openDoctor(server);
    for (const slot of (await freeSlots(first, crowded, 40)).slice(0, 2)) {
      const codes = await inTwenties(ctxs, (ctx) => [book(ctx, crowded.id, slot)]);
      expect(codes.toSorted()).toEqual([...lost(99), 'won']);
    }
    const doctor = await openDoctor(server);
    const slots = await freeSlots(first, doctor);
    for (let trial = 0; trial < 100; trial += 1) {
      const racers = Array.from({ length: 6 }, (_, index) => ctxs[(trial * 7 + index) % 100] ?? server.ctx);
      const codes = await Promise.all(racers.map((ctx) => book(ctx, doctor.id, slots[trial] ?? '')));
      expect(codes.toSorted()).toEqual([...lost(5), 'won']);
    }
    const ofDoctor = sql`SELECT count(*) AS n FROM appointments WHERE doctor_id = ${doctor.id}`;
    expect(await countOf(server.ctx, ofDoctor)).toBe(100);
    expect(await countOf(server.ctx, sql`SELECT count(*) AS n FROM care_requests WHERE doctor_id = ${doctor.id}`)).toBe(
      100,
    );
  });

  it('is not there for a patient who is elsewhere then, not even when both are booked at once', async () => {
    const [patient, ...doctors] = [await server.people.patient(), await openDoctor(server), await openDoctor(server)];
    const [one, other] = doctors;
    if (one === undefined || other === undefined) throw new Error('Nobody is there.');
    const slots = await freeSlots(patient, one);
    for (const slot of slots.slice(0, 10)) {
      const answers = await Promise.all([book(patient, one, slot), book(patient, other, slot)]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409]);
      expect(answers.find(({ status }) => status === 409)?.body.code).toBe('slot-taken');
      expect(await freeSlots(patient, other)).not.toContain(slot);
    }
  });

  it('cannot be given twice below the code either', async () => {
    const [patient, other, doctor] = await Promise.all([
      server.people.patient(),
      server.people.patient(),
      openDoctor(server),
    ]);
    const { id } = await bookOne(patient, doctor);
    const second = await bookOne(other, doctor);
    const move = (whose: string) =>
      server.ctx.db.execute(sql`
        UPDATE appointments a SET starts_at = b.starts_at + interval '10 minutes', ends_at = b.ends_at + interval '10 minutes'
        FROM appointments b WHERE a.id = ${whose} AND b.id = ${id}`);
    await expect(move(second.id)).rejects.toMatchObject({ cause: { code: '23P01' } });
  });
});

describe('free slots', () => {
  it('are told in the zone of who asks, for 31 days at most, and to nobody for a doctor who is not listed', async () => {
    const [patient, doctor, pending] = await Promise.all([
      server.people.patient(),
      openDoctor(server),
      server.people.doctor({ approved: false }),
    ]);
    const get = (query: string, id = doctor.id) => patient.api('GET', `/doctors/${id}/slots?${query}`);
    const { body } = await get('timeZone=Asia/Kolkata');
    expect(body).toMatchObject({ timeZone: 'Asia/Kolkata', doctorTimeZone: 'Europe/Berlin' });
    for (const { startsAt, local } of body.items) {
      expect(local).toMatch(/:00\+05:30$/);
      expect(Date.parse(local)).toBe(Date.parse(startsAt));
    }
    expect(body.items).toHaveLength(7 * 48);
    expect(body.items.map(({ startsAt }: { startsAt: string }) => startsAt)).toEqual(
      body.items.map(({ startsAt }: { startsAt: string }) => startsAt).toSorted(),
    );
    const [from, month] = [new Date(), new Date(Date.now() + 31 * 86_400_000)].map((date) => date.toISOString());
    expect((await get(`from=${from}&to=${month}`)).body.items).toHaveLength(31 * 48);
    for (const [query, path] of [
      [`from=${month}&to=${from}`, 'to'],
      [`from=${from}&to=${new Date(Date.now() + 33 * 86_400_000).toISOString()}`, 'to'],
      ['timeZone=Mars/Base', 'timeZone'],
      ['from=2027-01-01T23:59:60Z', 'from'],
    ] as const) {
      const { status, body } = await get(query);
      expect([query, status, body.errors?.[0].path]).toEqual([query, 400, path]);
    }
    expect((await get('', pending.id)).status).toBe(404);
  });
});

describe('hours', () => {
  it('are null at first, then what was set, and wrong ones name the field and change nothing', async () => {
    const doctor = await server.people.doctor();
    expect((await doctor.api('GET', '/me/hours')).body).toEqual({ hours: null });
    const set = (changes: object) => doctor.api('PUT', '/me/hours', { ...alwaysOpen, ...changes });
    const weekly = [
      { weekday: 1, from: '14:00', to: '24:00' },
      { weekday: 1, from: '09:00', to: '12:00' },
    ];
    const { status, body } = await set({ timeZone: 'europe/lisbon', weekly });
    const hours = { ...alwaysOpen, timeZone: 'Europe/Lisbon', weekly: weekly.toReversed() };
    expect([status, body]).toEqual([200, { hours, conflicts: [] }]);
    for (const [changes, path] of [
      [{ timeZone: 'Europe/Atlantis' }, 'timeZone'],
      [{ timeZone: '+01:00' }, 'timeZone'],
      [{ slotMinutes: 9 }, 'slotMinutes'],
      [{ weekly: [{ weekday: 1, from: '12:00', to: '09:00' }] }, 'weekly.0.to'],
      [{ weekly: [{ weekday: 1, from: '09:00', to: '09:20' }] }, 'weekly.0.to'],
      [{ weekly: [...weekly, { weekday: 1, from: '11:30', to: '13:00' }] }, 'weekly.2.from'],
    ] as const) {
      const { status, body } = await set(changes);
      expect([path, status, body.errors?.[0].path]).toEqual([path, 400, path]);
    }
    expect((await doctor.api('GET', '/me/hours')).body).toEqual({ hours });
  });

  it('that change leave what is booked as it is, and name what no longer fits; so do exceptions', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), openDoctor(server)]);
    const appointment = await bookOne(patient, doctor);
    const day = new Date(Date.parse(appointment.startsAt) + 7_200_000).toISOString().slice(0, 10);
    const away = { kind: 'off', fromDay: addDays(day, -1), toDay: addDays(day, 1) };
    const off = await doctor.api('POST', '/me/hours/exceptions', away);
    expect(off.status).toBe(201);
    expect(off.body.exception).toMatchObject({ ...away, from: '00:00', to: '24:00' });
    expect(off.body.conflicts).toMatchObject([{ id: appointment.id, status: 'booked' }]);
    expect((await doctor.api('GET', '/me/hours/exceptions')).body.items).toEqual([off.body.exception]);
    const removed = await doctor.api('DELETE', `/me/hours/exceptions/${off.body.exception.id}`);
    expect([removed.status, removed.body]).toEqual([200, { conflicts: [] }]);
    const changed = await doctor.api('PUT', '/me/hours', { ...alwaysOpen, weekly: [] });
    expect(changed.body.conflicts).toMatchObject([{ id: appointment.id }]);
    expect((await patient.api('GET', `/appointments/${appointment.id}`)).body.status).toBe('booked');
    const extra = { kind: 'extra', fromDay: addDays(day, -1), toDay: addDays(day, 1), from: '00:00', to: '24:00' };
    expect((await doctor.api('POST', '/me/hours/exceptions', extra)).body.conflicts).toEqual([]);
  });

  it('off in the wrong order, extra ones without an end, and a stranger’s exception are refused', async () => {
    const [doctor, other] = await Promise.all([openDoctor(server), openDoctor(server)]);
    const add = (body: object) => doctor.api('POST', '/me/hours/exceptions', body);
    for (const [body, path] of [
      [{ kind: 'off', fromDay: '2027-05-02', toDay: '2027-05-01' }, 'toDay'],
      [{ kind: 'off', fromDay: '2027-05-02', toDay: '2029-05-01' }, 'toDay'],
      [{ kind: 'off', fromDay: '2027-05-02', from: '12:00', to: '09:00' }, 'to'],
      [{ kind: 'extra', fromDay: '2027-05-02', from: '09:00' }, 'to'],
    ] as const) {
      const answer = await add(body);
      expect([path, answer.status, answer.body.errors?.[0].path]).toEqual([path, 400, path]);
    }
    const { body } = await add({ kind: 'off', fromDay: '2027-05-02' });
    expect((await other.api('DELETE', `/me/hours/exceptions/${body.exception.id}`)).status).toBe(404);
  });

  it('are changed no more by who was banned a moment ago', async () => {
    const [doctor, admin] = await Promise.all([openDoctor(server), server.people.admin()]);
    const { body } = await doctor.api('POST', '/me/hours/exceptions', { kind: 'off', fromDay: '2027-05-02' });
    await admin.api('POST', `/admin/users/${doctor.id}/ban`, { reason: 'A test', durationMinutes: 5 });
    const late = removeHourException(server.ctx.as(actorFor(doctor, 'doctor')), { id: body.exception.id });
    await expect(late).rejects.toMatchObject({ code: 'account-banned' });
  });
});

function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
}

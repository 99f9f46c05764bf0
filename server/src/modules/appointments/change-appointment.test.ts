import { sql } from 'drizzle-orm';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf, jobsAreDone } from '../../../test/database.ts';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { withoutRequestId } from '../../../test/http.ts';
import { escalateWaiting } from '../care/escalate.ts';
import { removeDueRecords } from '../people/remove-records.ts';
import { openDue, remindDue } from './keep-time.ts';
import { appointmentMail } from './mails/appointment-mail.ts';
import { beginsIn, book, bookOne, freeSlots, openDoctor } from './test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** A patient and a doctor with an appointment some days ahead. */
async function pair() {
  const [patient, doctor] = await Promise.all([server.people.patient(), openDoctor(server)]);
  return { patient, doctor, appointment: await bookOne(patient, doctor) };
}

/** The same, with the request accepted early and diagnosed. */
async function diagnosedPair() {
  const people = await pair();
  const { doctor, appointment } = people;
  await doctor.api('POST', `/requests/${appointment.requestId}/accept`);
  const { status } = await doctor.api('POST', `/requests/${appointment.requestId}/diagnoses`, {
    ...{ title: 'Bronchitis', description: 'Inflamed airways', recommendations: 'Rest' },
  });
  expect(status).toBe(201);
  return people;
}

/** The mails to somebody, and the event in the calendar file of each. */
async function mailsTo(email: string) {
  await jobsAreDone(server.ctx);
  const mails = server.mailbox.mails.filter(({ to }) => to === email);
  return Promise.all(
    mails.map(async ({ subject, text, raw }) => {
      const { attachments } = await PostalMime.parse(raw);
      const file = attachments.find(({ mimeType }) => mimeType === 'text/calendar' || mimeType === 'application/ics');
      const content = file === undefined ? '' : new TextDecoder().decode(file.content as ArrayBuffer);
      return { subject, text, event: linesOf(content), isFile: file !== undefined };
    }),
  );
}

/** The properties of a calendar file, unfolded (RFC 5545, 3.1). */
function linesOf(file: string): Record<string, string> {
  const lines = file.replaceAll(/\r?\n[ \t]/g, '').split(/\r?\n/);
  return Object.fromEntries(lines.map((line) => [line.split(/[:;]/)[0], line.slice(line.indexOf(':') + 1)]));
}

const compact = (time: string) => time.replaceAll(/[-:]|\.\d+/g, '');

describe('moving', () => {
  it('goes to another free slot, as often as it may, and frees the one before', async () => {
    const { patient, doctor, appointment } = await pair();
    const slots = await freeSlots(patient, doctor);
    const move = (startsAt: string) => patient.api('POST', `/appointments/${appointment.id}/move`, { startsAt });
    for (const [index, slot] of slots.slice(0, 3).entries()) {
      const { status, body } = await move(slot);
      expect([status, body.startsAt, body.movesLeft]).toEqual([200, slot, 2 - index]);
    }
    expect(await freeSlots(patient, doctor)).toContain(appointment.startsAt);
    const again = await move(slots[2] ?? '');
    expect([again.status, again.body.movesLeft]).toEqual([200, 0]);
    const { status, body } = await move(slots[5] ?? '');
    expect([status, body.code]).toEqual([409, 'too-many-moves']);
    const request = (await patient.api('GET', `/requests/${appointment.requestId}`)).body;
    expect(request.appointmentAt).toBe(slots[2]);
  });

  it('by a doctor takes a reason, which the patient sees, and counts against nobody', async () => {
    const { patient, doctor, appointment } = await pair();
    const [slot] = await freeSlots(patient, doctor);
    const move = (body: object) => doctor.api('POST', `/appointments/${appointment.id}/move`, body);
    expect((await move({ startsAt: slot })).body.errors).toMatchObject([{ path: 'reason' }]);
    expect((await move({ startsAt: slot, reason: 'A meeting' })).status).toBe(200);
    const seen = (await patient.api('GET', `/appointments/${appointment.id}`)).body;
    expect(seen).toMatchObject({ startsAt: slot, reason: 'A meeting', changedBy: 'doctor', movesLeft: 3 });
  });

  it('is too late for the patient a day before, and for everybody once it has begun', async () => {
    const { patient, doctor, appointment } = await pair();
    const [slot] = await freeSlots(patient, doctor, 5);
    await beginsIn(server.ctx, appointment.id, '23 hours');
    const move = (as: typeof patient) =>
      as.api('POST', `/appointments/${appointment.id}/move`, { startsAt: slot, reason: 'Away' });
    expect((await move(patient)).body.code).toBe('change-window-closed');
    await beginsIn(server.ctx, appointment.id, '-1 minute');
    for (const who of [patient, doctor]) expect((await move(who)).body.code).toBe('invalid-transition');
  });
});

describe('cancelling', () => {
  it('ends the request, frees the slot, and cannot be done twice', async () => {
    const { patient, doctor, appointment } = await pair();
    const cancel = () => patient.api('POST', `/appointments/${appointment.id}/cancel`, { reason: 'I am well' });
    const { status, body } = await cancel();
    expect([status, body]).toMatchObject([
      200,
      { status: 'cancelled', requestStatus: 'cancelled', changedBy: 'patient' },
    ]);
    expect(await freeSlots(patient, doctor)).toContain(appointment.startsAt);
    expect((await cancel()).body.code).toBe('invalid-transition');
    const move = await patient.api('POST', `/appointments/${appointment.id}/move`, { startsAt: appointment.startsAt });
    expect(move.body.code).toBe('invalid-transition');
  });

  it('is the doctor’s with a reason until the end, the patient’s until a day before', async () => {
    const { patient, doctor, appointment } = await pair();
    const cancel = (as: typeof patient, body = {}) => as.api('POST', `/appointments/${appointment.id}/cancel`, body);
    await beginsIn(server.ctx, appointment.id, '-10 minutes');
    await openDue(server.ctx);
    expect((await cancel(patient)).body.code).toBe('change-window-closed');
    expect((await cancel(doctor)).body.errors).toMatchObject([{ path: 'reason' }]);
    const { body } = await cancel(doctor, { reason: 'An emergency' });
    expect(body).toMatchObject({ status: 'cancelled', requestStatus: 'cancelled', reason: 'An emergency' });
    await eventually('the room is closed', async () => {
      const room = await patient.api('GET', `/rooms/${appointment.requestId}`);
      return room.status === 404 || room.body.status === 'closed';
    });
  });
});

describe('the request of an appointment', () => {
  it('is accepted for its doctor shortly before, and its room opens', async () => {
    const { patient, doctor, appointment } = await pair();
    await beginsIn(server.ctx, appointment.id, '20 minutes');
    await openDue(server.ctx);
    expect((await patient.api('GET', `/appointments/${appointment.id}`)).body.requestStatus).toBe('submitted');
    await beginsIn(server.ctx, appointment.id, '14 minutes');
    await Promise.all([openDue(server.ctx), openDue(server.ctx)]);
    await eventually('the room is open', async () => {
      const { body } = await patient.api('GET', `/appointments/${appointment.id}`);
      return body.requestStatus === 'accepted' && body.roomId === appointment.requestId;
    });
    const sent = await doctor.api('POST', `/rooms/${appointment.requestId}/messages`, { clientId: 'a', text: 'Hello' });
    expect(sent.status).toBe(201);
    const accepted = sql`SELECT count(*) AS n FROM audit_log WHERE subject_id = ${appointment.requestId} AND action = 'request.accepted'`;
    expect(await countOf(server.ctx, accepted)).toBe(1);
  });

  it('is in no queue, alerts nobody, and is nobody else’s before the appointment is over, whatever the lease', async () => {
    const { patient, doctor, appointment } = await pair();
    const { requestId } = appointment;
    expect((await patient.api('GET', `/requests/${requestId}`)).body.queue).toBeUndefined();
    const [other] = await Promise.all([server.people.patient()]);
    const waiting = (
      await other.api('POST', '/requests', { doctorId: doctor.id, complaint: 'A cough', urgency: 'routine' })
    ).body;
    expect((await other.api('GET', `/requests/${waiting.id}`)).body.queue).toMatchObject({ position: 1 });
    await server.ctx.db.execute(
      sql`UPDATE care_requests SET submitted_at = now() - interval '9 days' WHERE id = ${requestId}`,
    );
    await escalateWaiting(server.ctx);
    const alerted = sql`SELECT count(*) AS n FROM audit_log WHERE subject_id = ${requestId} AND action = 'request.escalated'`;
    expect(await countOf(server.ctx, alerted)).toBe(0);

    await beginsIn(server.ctx, appointment.id, '14 minutes');
    await openDue(server.ctx);
    const leaseHolds = sql`SELECT count(*) AS n FROM care_requests WHERE id = ${requestId} AND accepted_until >= reserved_until`;
    expect(await countOf(server.ctx, leaseHolds)).toBe(1);
    const [startsAt] = await freeSlots(patient, doctor);
    await doctor.api('POST', `/appointments/${appointment.id}/move`, { startsAt, reason: 'An emergency' });
    expect(await countOf(server.ctx, leaseHolds)).toBe(1);
  });

  it('cannot be declined, released or cancelled past the appointment, which is what to change', async () => {
    const { patient, doctor, appointment } = await pair();
    const refused = async (as: typeof patient, act: string) => {
      const { status, body } = await as.api('POST', `/requests/${appointment.requestId}/${act}`, { reason: 'No' });
      expect([act, status, body.code]).toEqual([act, 409, 'invalid-transition']);
      expect(body.detail).toContain('appointment');
    };
    await refused(patient, 'cancel');
    await refused(doctor, 'decline');
    expect((await doctor.api('POST', `/requests/${appointment.requestId}/accept`)).status).toBe(200);
    await refused(doctor, 'release');
    const { body } = await doctor.api('POST', `/appointments/${appointment.id}/cancel`, { reason: 'Away' });
    expect(body).toMatchObject({ status: 'cancelled', requestStatus: 'cancelled' });
  });

  it('diagnosed ahead of the appointment, is closed once that is cancelled', async () => {
    const { patient, doctor, appointment } = await diagnosedPair();
    const close = () => doctor.api('POST', `/requests/${appointment.requestId}/close`);
    const { status, body } = await close();
    expect([status, body.code, body.detail]).toEqual([
      ...[409, 'invalid-transition'],
      'There is an appointment for this request. Move or cancel the appointment instead.',
    ]);
    await doctor.api('POST', `/appointments/${appointment.id}/cancel`, { reason: 'You are well' });
    expect((await patient.api('GET', `/requests/${appointment.requestId}`)).body).toMatchObject({
      ...{ status: 'diagnosed', appointmentAt: null, appointmentUntil: null },
    });
    expect((await close()).body.status).toBe('closed');
  });

  it('diagnosed during the appointment, is closed before its last minute', async () => {
    const { doctor, appointment } = await diagnosedPair();
    await beginsIn(server.ctx, appointment.id, '-20 minutes');
    const { status, body } = await doctor.api('POST', `/requests/${appointment.requestId}/close`);
    expect([status, body.status]).toEqual([200, 'closed']);
  });

  it('ends with an appointment that the patient missed, some minutes after the start at the earliest', async () => {
    const { patient, doctor, appointment } = await pair();
    const mark = () => doctor.api('POST', `/appointments/${appointment.id}/no-show`);
    expect((await mark()).body.code).toBe('invalid-transition');
    await beginsIn(server.ctx, appointment.id, '-9 minutes');
    await openDue(server.ctx);
    expect((await mark()).body.code).toBe('invalid-transition');
    await beginsIn(server.ctx, appointment.id, '-11 minutes');
    expect((await mark()).body).toMatchObject({ status: 'no-show', requestStatus: 'cancelled' });
    expect((await mark()).body.code).toBe('invalid-transition');
    const mails = await mailsTo(patient.email);
    expect(mails.at(-1)).toMatchObject({ subject: 'You missed your appointment', isFile: false });
  });
});

describe('others', () => {
  it('see nothing of an appointment, and cannot tell it from one that is not there', async () => {
    const { appointment, doctor } = await pair();
    const [stranger, colleague] = await Promise.all([server.people.patient(), server.people.doctor()]);
    const missing = await stranger.api('GET', `/appointments/${doctor.id}`);
    for (const who of [stranger, colleague]) {
      const { status, body } = await who.api('GET', `/appointments/${appointment.id}`);
      expect([status, withoutRequestId(body)]).toEqual([404, withoutRequestId(missing.body)]);
      expect((await who.api('GET', '/appointments')).body.items).toEqual([]);
    }
  });

  it('are told in lists by time and state, page by page in both directions', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), openDoctor(server)]);
    const slots = (await freeSlots(patient, doctor)).slice(0, 5);
    const ids: string[] = [];
    for (const slot of slots) ids.push((await book(patient, doctor, slot)).body.id);
    await patient.api('POST', `/appointments/${ids[1]}/cancel`, {});
    const idsIn = async (query: string) => {
      const found: string[] = [];
      for (let cursor = ''; ; ) {
        const { body } = await doctor.api('GET', `/appointments?limit=2${query}${cursor}`);
        found.push(...body.items.map(({ id }: { id: string }) => id));
        if (body.nextCursor === null) return found;
        cursor = `&cursor=${body.nextCursor}`;
      }
    };
    expect(await idsIn('')).toEqual(ids);
    expect(await idsIn('&order=latest')).toEqual(ids.toReversed());
    expect(await idsIn('&status=cancelled')).toEqual([ids[1]]);
    expect(await idsIn(`&from=${slots[2]}&to=${slots[4]}`)).toEqual([ids[2], ids[3]]);
  });
});

describe('mails', () => {
  it('carry a calendar file that later ones move and cancel, without health text, to both', async () => {
    const { patient, doctor, appointment } = await pair();
    const [slot = ''] = await freeSlots(patient, doctor);
    await jobsAreDone(server.ctx);
    await patient.api('POST', `/appointments/${appointment.id}/move`, { startsAt: slot });
    await jobsAreDone(server.ctx);
    await doctor.api('POST', `/appointments/${appointment.id}/cancel`, { reason: 'A family matter' });
    for (const who of [patient, doctor]) {
      const mails = await mailsTo(who.email);
      expect(mails.map(({ subject }) => subject)).toEqual([
        'Your appointment is booked',
        'Your appointment was moved',
        'Your appointment was cancelled',
      ]);
      expect(mails.map(({ event }) => [event['METHOD'], event['SEQUENCE'], event['STATUS'], event['DTSTART']])).toEqual(
        [
          ['REQUEST', '0', 'CONFIRMED', compact(appointment.startsAt)],
          ['REQUEST', '1', 'CONFIRMED', compact(slot)],
          ['CANCEL', '2', 'CANCELLED', compact(slot)],
        ],
      );
      expect(new Set(mails.map(({ event }) => event['UID']))).toEqual(
        new Set([`${appointment.id}@portal.openward.test`]),
      );
      for (const { text, event } of mails) {
        expect(event['ATTENDEE']?.toLowerCase()).toContain(who.email);
        expect(JSON.stringify([text, event])).not.toMatch(/sore throat|family matter|cardiology/i);
        expect(text).toContain('(Europe/Berlin)');
      }
    }
  });

  it('are in the language of each of the two, the calendar too', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), openDoctor(server)]);
    await patient.api('PATCH', '/me', { language: 'es' });
    expect((await doctor.api('PATCH', '/me', { language: 'de' })).body.language).toBe('de');
    const { startsAt } = await bookOne(patient, doctor);
    const [[toPatient], [toDoctor]] = await Promise.all([mailsTo(patient.email), mailsTo(doctor.email)]);
    expect([toPatient?.subject, toDoctor?.subject]).toEqual(['Su cita está reservada', 'Ihr Termin ist gebucht']);
    expect(toPatient?.text).toContain(`Hola, ${patient.fullName}:`);
    expect(toDoctor?.event['SUMMARY']).toBe('Openward-Sprechstunde');
    const month = new Intl.DateTimeFormat('de', { month: 'long', timeZone: 'Europe/Berlin' }).format(
      new Date(startsAt),
    );
    expect(toDoctor?.text).toContain(month);
  });

  it('remind both of it once a day before and once an hour before, and never of what was moved or cancelled', async () => {
    const { patient, doctor, appointment } = await pair();
    const reminders = async () =>
      (await mailsTo(patient.email)).filter(({ subject }) => subject === 'Your appointment is near').length;
    const passes = async (left: string) => {
      await beginsIn(server.ctx, appointment.id, left);
      await server.ctx.db.execute(
        sql`UPDATE appointments SET next_reminder_at = now() - interval '1 second' WHERE id = ${appointment.id} AND next_reminder_at IS NOT NULL`,
      );
      await Promise.all([remindDue(server.ctx), remindDue(server.ctx), remindDue(server.ctx)]);
    };
    await remindDue(server.ctx);
    expect(await reminders()).toBe(0);
    await passes('1439 minutes');
    expect(await reminders()).toBe(1);
    await remindDue(server.ctx);
    expect(await reminders()).toBe(1);
    await passes('59 minutes');
    expect(await reminders()).toBe(2);
    await passes('30 minutes');
    expect(await reminders()).toBe(2);
    const toDoctor = await mailsTo(doctor.email);
    expect(toDoctor.filter(({ subject }) => subject === 'Your appointment is near')).toHaveLength(2);

    const moved = await bookOne(patient, doctor);
    await server.ctx.db.execute(
      sql`UPDATE appointments SET next_reminder_at = now() - interval '1 second' WHERE id = ${moved.id}`,
    );
    const [slot] = await freeSlots(patient, doctor);
    await patient.api('POST', `/appointments/${moved.id}/move`, { startsAt: slot });
    await remindDue(server.ctx);
    expect(await reminders()).toBe(2);
    await server.ctx.db.execute(
      sql`UPDATE appointments SET next_reminder_at = now() - interval '1 second' WHERE id = ${moved.id}`,
    );
    await patient.api('POST', `/appointments/${moved.id}/cancel`, {});
    await remindDue(server.ctx);
    expect(await reminders()).toBe(2);
  });

  it('that waited while the appointment was moved say nothing: the later one does', async () => {
    const { patient, doctor, appointment } = await pair();
    const data = { appointmentId: appointment.id, to: 'patient', notice: 'reminder', sequence: 0 } as const;
    expect(await appointmentMail.compose(server.ctx, data)).not.toBeNull();
    const [startsAt] = await freeSlots(patient, doctor);
    await patient.api('POST', `/appointments/${appointment.id}/move`, { startsAt });
    expect(await appointmentMail.compose(server.ctx, data)).toBeNull();
  });

  it('are not sent of what has begun while the workers were away', async () => {
    const { patient, appointment } = await pair();
    await beginsIn(server.ctx, appointment.id, '-5 minutes');
    await server.ctx.db.execute(
      sql`UPDATE appointments SET next_reminder_at = now() - interval '1 hour' WHERE id = ${appointment.id}`,
    );
    await remindDue(server.ctx);
    const subjects = (await mailsTo(patient.email)).map(({ subject }) => subject);
    expect(subjects).not.toContain('Your appointment is near');
  });
});

it('a file for one’s own calendar names the other side and is saved, not shown', async () => {
  const { patient, doctor, appointment } = await pair();
  const response = await fetch(`${server.url}/api/v1/appointments/${appointment.id}/calendar`, {
    headers: { authorization: `Bearer ${patient.accessToken}` },
  });
  expect(response.headers.get('content-type')).toContain('text/calendar');
  expect(response.headers.get('content-disposition')).toContain('attachment');
  const text = await response.text();
  expect(text).toMatch(/^BEGIN:VCALENDAR\r\n/);
  const file = linesOf(text);
  expect(file).toMatchObject({
    ...{ METHOD: 'PUBLISH', SUMMARY: `Openward: ${doctor.fullName}`, DTSTART: compact(appointment.startsAt) },
    DTEND: compact(appointment.endsAt),
  });
});

describe('when somebody goes', () => {
  it('a doctor’s ban cancels the appointments with a notice, and the requests are open to the specialty', async () => {
    const { patient, doctor, appointment } = await pair();
    const admin = await server.people.admin();
    await admin.api('POST', `/admin/users/${doctor.id}/ban`, { reason: 'Fraud', durationMinutes: 60 });
    const seen = (await patient.api('GET', `/appointments/${appointment.id}`)).body;
    expect(seen).toMatchObject({ status: 'cancelled', changedBy: 'system', requestStatus: 'submitted' });
    const request = (await patient.api('GET', `/requests/${appointment.requestId}`)).body;
    expect([request.doctor, request.appointmentAt]).toEqual([null, null]);
    const subjects = (await mailsTo(patient.email)).map(({ subject }) => subject);
    expect(subjects).toContain('Your appointment was cancelled');
  });

  it('a doctor’s ban leaves what was diagnosed as it is, without the appointment', async () => {
    const { patient, doctor, appointment } = await diagnosedPair();
    const admin = await server.people.admin();
    await admin.api('POST', `/admin/users/${doctor.id}/ban`, { reason: 'Fraud', durationMinutes: 60 });
    expect((await patient.api('GET', `/appointments/${appointment.id}`)).body.status).toBe('cancelled');
    const { body } = await patient.api('GET', `/requests/${appointment.requestId}`);
    expect([body.status, body.appointmentAt, body.appointmentUntil]).toEqual(['diagnosed', null, null]);
  });

  it('a patient’s deletion leaves the doctor what was accepted for an appointment, to be handed back', async () => {
    const { patient, doctor, appointment } = await pair();
    const admin = await server.people.admin();
    await doctor.api('POST', `/requests/${appointment.requestId}/accept`);
    await admin.api('DELETE', `/admin/users/${patient.id}`, { reason: 'Asked for' });
    const release = await doctor.api('POST', `/requests/${appointment.requestId}/release`, { reason: 'Gone' });
    expect([release.status, release.body.detail]).toEqual([200, undefined]);
  });

  it('a patient’s ban cancels what begins until it ends, with the request; a deletion all', async () => {
    const [patient, doctor, admin] = await Promise.all([
      server.people.patient(),
      openDoctor(server),
      server.people.admin(),
    ]);
    const [soon, later] = [await bookOne(patient, doctor, 1), await bookOne(patient, doctor, 20)];
    const stateOf = async (id: string) => {
      const { body } = await doctor.api('GET', `/appointments/${id}`);
      return [body.status, body.requestStatus];
    };
    await admin.api('POST', `/admin/users/${patient.id}/ban`, { reason: 'Insults', durationMinutes: 5 * 1440 });
    expect([await stateOf(soon.id), await stateOf(later.id)]).toEqual([
      ['cancelled', 'cancelled'],
      ['booked', 'submitted'],
    ]);
    await admin.api('DELETE', `/admin/users/${patient.id}`, { reason: 'Asked for' });
    expect(await stateOf(later.id)).toEqual(['cancelled', 'cancelled']);
    const subjects = (await mailsTo(doctor.email)).map(({ subject }) => subject);
    expect(subjects.filter((subject) => subject === 'Your appointment was cancelled')).toHaveLength(2);
  });

  it('a deleted patient’s reasons are removed with the record, years later', async () => {
    const { patient, doctor, appointment } = await pair();
    const admin = await server.people.admin();
    await patient.api('POST', `/appointments/${appointment.id}/cancel`, { reason: 'The rash is gone' });
    await admin.api('DELETE', `/admin/users/${patient.id}`, { reason: 'Asked for' });
    const reason = async () => (await doctor.api('GET', `/appointments/${appointment.id}`)).body.reason;
    expect(await reason()).toBe('The rash is gone');
    await server.ctx.db.execute(sql`
      UPDATE accounts SET deleted_at = now() - interval '11 years', created_at = now() - interval '12 years' WHERE id = ${patient.id}`);
    await removeDueRecords(server.ctx);
    expect(await reason()).toBeNull();
  });

  it('a deleted doctor’s hours are erased, and the exports hold what is whose', async () => {
    const { patient, doctor, appointment } = await pair();
    const admin = await server.people.admin();
    await patient.api('POST', `/appointments/${appointment.id}/cancel`, { reason: 'I am well' });
    const own = (await patient.api('GET', '/me/export')).body;
    expect(own.appointments).toMatchObject([{ id: appointment.id, status: 'cancelled', reason: 'I am well' }]);
    expect(own.hours).toBeNull();
    const theirs = (await doctor.api('GET', '/me/export')).body;
    expect(theirs.appointments).toMatchObject([{ id: appointment.id, reason: null }]);
    expect(theirs.hours).toMatchObject({ hours: { timeZone: 'Europe/Berlin' }, exceptions: [] });
    await admin.api('DELETE', `/admin/users/${doctor.id}`, { reason: 'Left' });
    const kept = sql`SELECT count(*) AS n FROM schedules s FULL JOIN schedule_hours h USING (doctor_id) WHERE doctor_id = ${doctor.id}`;
    expect(await countOf(server.ctx, kept)).toBe(0);
  });
});

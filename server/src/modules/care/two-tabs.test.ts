import type { RequestStatus } from '@openward/contracts';
import { type SQL, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { type Answer, codeOf } from '../../../test/http.ts';
import { inTwenties } from '../../../test/in-twenties.ts';
import { finding } from './test-support.ts';

// One person with two tabs open does the same in both at the same moment.

const trials = 100;

let server: TestServer;
let patient: Person;
let doctor: Person;
beforeAll(async () => {
  // Nobody works: what is raced is the calls, and the jobs that they send can be counted.
  server = await startTestServer({ roles: ['api'] });
});
afterAll(() => server.stop());

/** A hundred requests in a state, without what leads there. */
async function requests(status: RequestStatus): Promise<string[]> {
  [patient, doctor] = await Promise.all([server.people.patient(), server.people.doctor()]);
  const since = (statuses: RequestStatus[]) => (statuses.includes(status) ? sql`now()` : sql`NULL::timestamptz`);
  const rows = await rowsOf<{ id: string }>(
    server.ctx,
    sql`INSERT INTO care_requests (id, patient_id, doctor_id, specialty, open_to_specialty, complaint, urgency, status, accepted_at, diagnosed_at)
      SELECT gen_random_uuid(), ${patient.id}, ${doctor.id}, 'cardiology', false, 'A cough', 'routine', ${status},
        ${since(['accepted', 'diagnosed'])}, ${since(['diagnosed'])}
      FROM generate_series(1, ${trials}) RETURNING id`,
  );
  return rows.map(({ id }) => id);
}

/** And a diagnosis of each, which has the request's id. */
async function diagnosedRequests(): Promise<string[]> {
  const ids = await requests('diagnosed');
  await server.ctx.db.execute(sql`
    INSERT INTO diagnoses (id, request_id, doctor_id, title, description, recommendations)
    SELECT id, id, doctor_id, 'A cold', 'A cold', 'Tea' FROM care_requests WHERE ${among(ids, sql`id`)}`);
  return ids;
}

const among = (ids: readonly string[], column: SQL) => sql`${column} = ANY(${sql.param(ids)}::uuid[])`;
const of = (ids: readonly string[]) => among(ids, sql`request_id`);

/**
 * Acts in both tabs at once, for each of a hundred things. Every other time the second tab shares the session of the first.
 * @returns what each pair was answered.
 */
async function inBothTabs<T>(
  person: Person,
  things: readonly T[],
  act: (tab: Person, thing: T, text: 'left' | 'right') => Promise<Answer>,
): Promise<[Answer, Answer][]> {
  const other = await server.people.logIn(person);
  const pairs = await inTwenties(things, (thing, index) => [
    Promise.all([act(person, thing, 'left'), act(index % 2 === 0 ? person : other, thing, 'right')]),
  ]);
  expect(pairs).toHaveLength(trials);
  return pairs;
}

/** Whether it was the left or the right one that was taken, of pairs of which one was and the other was refused with a code. */
function winnersOf(pairs: [Answer, Answer][], taken: number, refusal: string): ('left' | 'right')[] {
  const won = [taken, undefined];
  const lost = [409, refusal];
  return pairs.map((pair) => {
    const leftWon = pair[0].status === taken;
    expect(pair.map(codeOf)).toEqual(leftWon ? [won, lost] : [lost, won]);
    return leftWon ? 'left' : 'right';
  });
}

const post = (tab: Person, id: string, what: string, body?: object) => tab.api('POST', `/requests/${id}/${what}`, body);

/** One row for each request, and not one more. */
async function expectOneEach(ids: readonly string[], rows: SQL): Promise<void> {
  const [found] = await rowsOf(
    server.ctx,
    sql`SELECT count(*)::int AS rows, count(DISTINCT id)::int AS requests FROM (${rows}) AS found (id)
      WHERE ${among(ids, sql`id`)}`,
  );
  expect(found).toEqual({ rows: ids.length, requests: ids.length });
}

const audited = (action: string) => sql`SELECT subject_id::uuid FROM audit_log WHERE action = ${action}`;
const noticed = (kind: string) => sql`SELECT request_id FROM notifications WHERE kind = ${kind}`;
const happened = (kind: string) => sql`SELECT request_id FROM care_request_events WHERE kind = ${kind}`;
const sent = (job: string) => sql`SELECT (data->>'requestId')::uuid FROM jobs.job WHERE name = ${job}`;

describe('in two tabs at once, a hundred times,', () => {
  it('a doctor who accepts a request has it, with one lease, one entry and one notice', async () => {
    const ids = await requests('submitted');
    for (const [left, right] of await inBothTabs(doctor, ids, (tab, id) => post(tab, id, 'accept'))) {
      expect([left.status, right.status]).toEqual([200, 200]);
      expect(left.body).toMatchObject({ status: 'accepted', doctor: { id: doctor.id } });
      expect(right.body).toEqual(left.body);
    }
    await expectOneEach(ids, audited('request.accepted'));
    await expectOneEach(ids, happened('accepted'));
    await expectOneEach(ids, noticed('request-accepted'));
    await expectOneEach(ids, sent('chat.settle-lease'));
  });

  it('a doctor who writes two diagnoses has written two, and neither is lost', async () => {
    const ids = await requests('accepted');
    const pairs = await inBothTabs(doctor, ids, (tab, id, title) => post(tab, id, 'diagnoses', { ...finding, title }));
    for (const pair of pairs) expect(pair.map(({ status }) => status)).toEqual([201, 201]);
    for (const [index, id] of ids.entries()) {
      const { body } = await patient.api('GET', `/requests/${id}`);
      expect(body.status).toBe('diagnosed');
      expect(body.diagnoses).toHaveLength(2);
      expect(body.diagnoses).toEqual(expect.arrayContaining(pairs[index]?.map((answer) => answer.body) ?? []));
    }
  });

  it('a doctor who diagnoses differently with one Idempotency-Key has written one, and is told of the other', async () => {
    const ids = await requests('accepted');
    const diagnose = (tab: Person, id: string, title: string) => {
      const headers = { 'idempotency-key': id };
      return tab.api('POST', `/requests/${id}/diagnoses`, { ...finding, title }, { headers });
    };
    const winners = winnersOf(await inBothTabs(doctor, ids, diagnose), 201, 'idempotency-key-reused');
    await expectOneEach(ids, audited('request.diagnosed'));
    const kept = await rowsOf(server.ctx, sql`SELECT request_id AS id, title FROM diagnoses WHERE ${of(ids)}`);
    expect(kept).toHaveLength(trials);
    expect(kept).toEqual(expect.arrayContaining(ids.map((id, index) => ({ id, title: winners[index] }))));
  });

  it('a doctor who corrects a diagnosis differently has made one new version, and is told of the other', async () => {
    const ids = await diagnosedRequests();
    const correction = { ...finding, reason: 'The culture came back.', version: 1 };
    const pairs = await inBothTabs(doctor, ids, (tab, id, title) =>
      post(tab, id, `diagnoses/${id}/corrections`, { ...correction, title }),
    );
    const winners = winnersOf(pairs, 201, 'diagnosis-changed');
    await expectOneEach(ids, audited('diagnosis.corrected'));
    await expectOneEach(ids, noticed('request-corrected'));
    const kept = await rowsOf(
      server.ctx,
      sql`SELECT request_id AS id, version, title FROM diagnosis_corrections WHERE ${of(ids)}`,
    );
    expect(kept).toHaveLength(trials);
    expect(kept).toEqual(expect.arrayContaining(ids.map((id, index) => ({ id, version: 2, title: winners[index] }))));
  });

  it('a doctor who closes a request has closed it once', async () => {
    const ids = await diagnosedRequests();
    winnersOf(await inBothTabs(doctor, ids, (tab, id) => post(tab, id, 'close')), 200, 'invalid-transition');
    await expectOneEach(ids, audited('request.closed'));
    await expectOneEach(ids, sql`SELECT id FROM care_requests WHERE status = 'closed' AND version = 2`);
  });

  it('a patient who sends a new request with one Idempotency-Key has sent one, and sees it in both', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), server.people.doctor()]);
    const body = { doctorId: doctor.id, complaint: 'A cough', urgency: 'routine' };
    const keys = Array.from({ length: trials }, (_, index) => `key-${index}`);
    const pairs = await inBothTabs(patient, keys, (tab, key) =>
      tab.api('POST', '/requests', body, { headers: { 'idempotency-key': key } }),
    );
    for (const [left, right] of pairs) {
      expect([left.status, right.status]).toEqual([201, 201]);
      expect(right.body).toEqual(left.body);
    }
    const made = await rowsOf<{ id: string }>(
      server.ctx,
      sql`SELECT id FROM care_requests WHERE patient_id = ${patient.id}`,
    );
    const ids = made.map(({ id }) => id);
    expect(ids.toSorted()).toEqual(pairs.map(([{ body }]) => body.id).toSorted());
    await expectOneEach(ids, audited('request.submitted'));
    await expectOneEach(ids, noticed('request-received'));
  });

  it('a patient who cancels a request has cancelled it once, for the reason that was first', async () => {
    const ids = await requests('submitted');
    const pairs = await inBothTabs(patient, ids, (tab, id, reason) => post(tab, id, 'cancel', { reason }));
    const winners = winnersOf(pairs, 200, 'invalid-transition');
    // The loser reads what has become of it, not what it was before.
    for (const { body } of pairs.flat().filter(({ status }) => status === 409))
      expect(body.detail).toContain('A request that is cancelled cannot be cancelled');
    await expectOneEach(ids, audited('request.cancelled'));
    const events = await rowsOf(
      server.ctx,
      sql`SELECT request_id AS id, kind, reason FROM care_request_events WHERE ${of(ids)}`,
    );
    expect(events).toHaveLength(trials);
    const expected = ids.map((id, index) => ({ id, kind: 'cancelled', reason: winners[index] }));
    expect(events).toEqual(expect.arrayContaining(expected));
  });

  it('a patient who rates has rated once, and the doctor has one rating more', async () => {
    const ids = await diagnosedRequests();
    const starsOf = { left: 5, right: 2 };
    const pairs = await inBothTabs(patient, ids, (tab, id, text) => post(tab, id, 'rating', { stars: starsOf[text] }));
    const winners = winnersOf(pairs, 201, 'already-rated');
    await expectOneEach(ids, audited('request.rated'));
    await expectOneEach(ids, sql`SELECT request_id FROM ratings`);
    const totals = sql`SELECT rating_count AS count, rating_sum AS sum FROM doctors WHERE account_id = ${doctor.id}`;
    const sum = winners.reduce((sum, winner) => sum + starsOf[winner], 0);
    expect(await rowsOf(server.ctx, totals)).toEqual([{ count: trials, sum }]);
  });

  it('a patient who consents to a handover has consented once, and the other doctor is told once', async () => {
    const ids = await requests('accepted');
    const to = await server.people.doctor();
    await server.ctx.db.execute(sql`
      INSERT INTO care_transfers (id, request_id, from_doctor_id, to_doctor_id)
      SELECT gen_random_uuid(), id, doctor_id, ${to.id} FROM care_requests WHERE ${among(ids, sql`id`)}`);
    const pairs = await inBothTabs(patient, ids, (tab, id) => post(tab, id, 'transfer/consent'));
    for (const [left, right] of pairs) {
      expect([left.status, left.body.transfer?.status]).toEqual([200, 'consented']);
      expect(right.body).toEqual(left.body);
    }
    await expectOneEach(ids, audited('transfer.consented'));
    await expectOneEach(ids, noticed('transfer-waiting'));
    await expectOneEach(ids, sql`SELECT request_id FROM care_transfers WHERE status = 'consented'`);
  });
});

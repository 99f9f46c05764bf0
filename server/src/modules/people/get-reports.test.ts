import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { csvLine } from '../../platform/csv.ts';

let server: TestServer;
let admin: Person;
let busy: Person;
const complaint = 'Burning xanthodermia';
const span = 'from=2026-03-01T00:00:00.000Z&to=2026-04-01T00:00:00.000Z';

beforeAll(async () => {
  server = await startTestServer();
  const { people } = server;
  const [boss, doctor, rare, patient] = await Promise.all([
    people.admin(),
    people.doctor({ specialty: 'cardiology', fullName: '=SUM(A1), "Doc"' }),
    people.doctor({ specialty: 'urology' }),
    people.patient(),
  ]);
  [admin, busy] = [boss, doctor];
  // Eleven that waited for one to eleven minutes, two that were declined, one that waits; and four of a rare specialty.
  await requests(patient, doctor, 'cardiology', 11, 'urgent', 'closed');
  await requests(patient, doctor, 'cardiology', 2, 'routine', 'declined');
  await requests(patient, null, 'cardiology', 1, 'routine', 'submitted');
  await requests(patient, rare, 'urology', 4, 'routine', 'closed');
  for (const [specialty, count] of [
    ['cardiology', 6],
    ['urology', 4],
  ])
    await server.ctx.db.execute(sql`
      INSERT INTO ratings (request_id, doctor_id, patient_id, stars, created_at)
      SELECT id, doctor_id, patient_id, 3 + (row_number() OVER (ORDER BY id) % 3)::int, '2026-03-20'
      FROM care_requests WHERE status = 'closed' AND specialty = ${specialty} ORDER BY id LIMIT ${count}`);
});
afterAll(() => server.stop());

async function requests(
  patient: Person,
  doctor: Person | null,
  specialty: string,
  count: number,
  urgency: string,
  status: string,
): Promise<void> {
  const taken = status === 'closed' || status === 'accepted';
  const ended = status === 'closed' || status === 'declined';
  await server.ctx.db.execute(sql`
    INSERT INTO care_requests (id, patient_id, doctor_id, specialty, open_to_specialty, complaint, urgency, status, submitted_at, accepted_at, diagnosed_at, closed_at)
    SELECT gen_random_uuid(), ${patient.id}, ${doctor?.id ?? null}, ${specialty}, ${doctor === null}, ${complaint}, ${urgency}, ${status},
      '2026-03-15'::timestamptz, CASE WHEN ${taken} THEN '2026-03-15'::timestamptz + make_interval(mins => n) END,
      CASE WHEN ${status === 'closed'} THEN '2026-03-16'::timestamptz END, CASE WHEN ${ended} THEN '2026-03-17'::timestamptz END
    FROM generate_series(1, ${count}::int) n`);
}

const reports = async (query = span) => (await admin.api('GET', `/admin/stats/reports?${query}`)).body;
const csv = async (report: string) => {
  const { status, body, headers } = await admin.api('GET', `/admin/stats.csv?report=${report}&${span}`);
  expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
  expect(headers.get('content-disposition')).toContain(`openward-${report}-2026-03-01-2026-04-01.csv`);
  return body as string;
};

describe('the reports', () => {
  it('say how long requests waited, by specialty and urgency, and nothing of fewer than five', async () => {
    const { waiting } = await reports();
    const row = (specialty: string | null, urgency: string | null) =>
      waiting.find(
        (found: { specialty: string; urgency: string }) => found.specialty === specialty && found.urgency === urgency,
      );
    expect(row('cardiology', 'urgent')).toMatchObject({ requests: 11, p50S: 360, p90S: 600 });
    expect(row('urology', 'routine')).toMatchObject({ requests: null, p50S: null, p90S: null });
    expect(row('urology', null)).toMatchObject({ requests: null });
    expect(row(null, null)).toMatchObject({ requests: 15 });
    expect(row('dermatology', null)).toBeUndefined();
  });

  it('say how many were taken, how they were rated, and who took how many', async () => {
    const { acceptance, ratings, load } = await reports();
    expect(acceptance).toContainEqual({
      specialty: 'cardiology',
      ...{ submitted: 14, taken: 11, declined: 2, cancelled: 0, waiting: 1, rate: 0.786 },
    });
    expect(acceptance).toContainEqual(expect.objectContaining({ specialty: 'urology', submitted: null, rate: null }));
    expect(ratings).toEqual([
      { specialty: null, ratings: 10, average: 4 },
      { specialty: 'cardiology', ratings: 6, average: 4 },
      { specialty: 'urology', ratings: null, average: null },
    ]);
    expect(load[0]).toMatchObject({ doctorId: busy.id, taken: 11, open: 0, closed: 11, ratings: 6, average: 4 });
    expect(load[1]).toMatchObject({ taken: 4, open: 0, closed: 4, ratings: null, average: null });
  });

  it('are of the span alone, and of the last 30 days without one', async () => {
    const empty = await reports('from=2026-03-16T00:00:00.000Z&to=2026-04-01T00:00:00.000Z');
    expect([empty.waiting, empty.acceptance, empty.load]).toEqual([[], [], []]);
    const { from, to } = await reports('');
    expect(Date.parse(to) - Date.parse(from)).toBe(30 * 86_400_000);
    for (const [query, path] of [
      ['from=2026-04-01T00:00:00.000Z&to=2026-04-01T00:00:00.000Z', 'to'],
      ['from=2020-01-01T00:00:00.000Z&to=2026-04-01T00:00:00.000Z', 'from'],
      ['to=0001-01-05T00:00:00.000Z', 'to'],
    ])
      expect((await reports(query)).errors).toMatchObject([{ path }]);
  });

  it('are tables as RFC 4180 has them, in which no spreadsheet finds a formula', async () => {
    const waiting = await csv('waiting');
    expect(waiting.split('\r\n')[0]).toBe('specialty,urgency,requests,p50_seconds,p90_seconds');
    expect(waiting).toContain('\r\ncardiology,urgent,11,360,600\r\n');
    expect(waiting).toContain('\r\nurology,routine,,,\r\n');
    expect(await csv('load')).toContain(`\r\n${busy.id},"'=SUM(A1), ""Doc""",cardiology,11,0,11,6,4\r\n`);
    expect(await csv('acceptance')).toContain('\r\ncardiology,14,11,2,0,1,0.786\r\n');
    expect(await csv('ratings')).toContain('\r\nall,10,4\r\ncardiology,6,4\r\nurology,,\r\n');
  });

  it('hold no health text', async () => {
    const all = [JSON.stringify(await reports()), await csv('waiting'), await csv('load')].join();
    expect(all).not.toContain('xanthodermia');
  });
});

it.each([
  ['=1+1', "'=1+1"],
  ['  @cmd', "'  @cmd"],
  ['-2', "'-2"],
  ['\tx', "'\tx"],
  ['a "b", c', '"a ""b"", c"'],
  ['two\nlines', '"two\nlines"'],
  ['plain', 'plain'],
])('the text %j is written as %j', (text, written) => {
  expect(csvLine([text, -2, null])).toBe(`${written},-2,\r\n`);
});

it('the list of users is narrowed by specialty and by when accounts were made', async () => {
  const { createdAt } = (await busy.api('GET', '/me')).body;
  const after = new Date(Date.parse(createdAt) + 1).toISOString();
  const idsOf = async (query: string) =>
    (await admin.api('GET', `/admin/users?limit=100&${query}`)).body.items.map(({ id }: { id: string }) => id);
  expect(await idsOf('specialty=cardiology')).toEqual([busy.id]);
  expect(await idsOf(`specialty=cardiology&createdFrom=${createdAt}&createdTo=${after}`)).toEqual([busy.id]);
  expect(await idsOf(`specialty=cardiology&createdTo=${createdAt}`)).toEqual([]);
  expect(await idsOf(`q=${encodeURIComponent('sum(a1)')}&role=doctor`)).toEqual([busy.id]);
});

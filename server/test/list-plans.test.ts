import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ctx } from '../src/context.ts';
import { listAppointments } from '../src/modules/appointments/list-appointments.ts';
import { listSlots } from '../src/modules/appointments/list-slots.ts';
import { listAudit } from '../src/modules/audit/list-audit.ts';
import { readsOf } from '../src/modules/audit/reads-of.ts';
import { getPatient } from '../src/modules/care/get-patient.ts';
import { getRequest } from '../src/modules/care/get-request.ts';
import { listRequests } from '../src/modules/care/list-requests.ts';
import { measureWaiting } from '../src/modules/care/measure-waiting.ts';
import { getOwnTimeline, getPatientTimeline } from '../src/modules/care/timeline.ts';
import { listMessages } from '../src/modules/chat/list-messages.ts';
import { listRooms } from '../src/modules/chat/list-rooms.ts';
import { viewRooms } from '../src/modules/chat/view-rooms.ts';
import { findAccepting } from '../src/modules/doctors/count-accepting.ts';
import { listSecurityEvents } from '../src/modules/identity/events/security-event.ts';
import { countNotifications, listNotifications } from '../src/modules/notices/list-notifications.ts';
import { getStats } from '../src/modules/people/get-stats.ts';
import { listUsers } from '../src/modules/people/list-users.ts';
import { explain, rowsTouched } from './explain.ts';
import { careId, fillCare } from './fill-care.ts';
import { fillChat } from './fill-chat.ts';
import { cloneDatabases } from './harness.ts';
import { type Asked, openListContext } from './list-context.ts';

// What PostgreSQL does for each list, read from EXPLAIN ANALYZE: never a scan of a table that grows, and never more rows than a bound that does not
// grow with it. Of 60,000 requests, the busiest doctor has 2,400, the most frequent patient 300 with 1,000 entries in the timeline.

const counts = {
  requests: 60_000,
  patients: 40_000,
  doctors: 600,
  waiting: 5_000,
  auditEntries: 30_000,
  notices: 20_000,
};
const growing = new Set([
  ...['accounts', 'doctors', 'care_requests', 'care_request_events', 'diagnoses', 'diagnosis_corrections', 'ratings'],
  ...['appointments', 'audit_log', 'notifications', 'sessions', 'security_events'],
  ...['rooms', 'room_members', 'account_rooms', 'messages'],
]);

let lists: ReturnType<typeof openListContext>;
let people: { patient: string; doctor: string; retired: string; admin: string };
beforeAll(async () => {
  const urls = await cloneDatabases();
  await fillCare(urls.main, counts);
  await fillChat(urls.chat, { rooms: 20_000, messages: 60_000, patients: counts.patients, doctors: counts.doctors });
  lists = openListContext(urls.main, urls.chat);
  const [patient, doctor] = [await careId(lists.pool, 'patient', 1), await careId(lists.pool, 'doctor', 1)];
  const retired = await careId(lists.pool, 'doctor', 2);
  people = { patient, doctor, retired, admin: await careId(lists.pool, 'doctor', 600) };
});
afterAll(() => lists.end());

async function judge(statement: Asked): Promise<{ touched: number; scans: string[] }> {
  const nodes = (await explain(statement.pool, statement)).filter(
    (node) =>
      growing.has((node['Relation Name'] ?? '').replace(/^messages_\d+$/, 'messages')) ||
      node['Node Type'] === 'Bitmap Index Scan',
  );
  const scans = nodes.filter((node) => node['Node Type'] === 'Seq Scan');
  return { touched: rowsTouched(nodes), scans: scans.map((node) => node['Relation Name'] ?? '') };
}

type Paged = { items: unknown[]; nextCursor?: string | null };

/** Up to three pages, each of which is to touch so many rows at most. @returns how many items there were. */
async function readPages(most: number, read: (page: { cursor?: string }) => Promise<Paged>): Promise<number> {
  let count = 0;
  let cursor: string | null | undefined;
  for (let n = 0; n < 3 && cursor !== null; n += 1) {
    lists.asked.length = 0;
    const page = await read(cursor === undefined ? {} : { cursor });
    const reads = lists.asked.filter(({ text }) => !/^insert/i.test(text));
    const plans = [];
    for (const statement of reads) plans.push(await judge(statement));
    expect(plans.flatMap(({ scans }) => scans)).toEqual([]);
    expect(plans.reduce((sum, { touched }) => sum + touched, 0)).toBeLessThan(most);
    count += page.items.length;
    cursor = page.nextCursor ?? null;
  }
  return count;
}

const patient = () => lists.as('patient', people.patient);
const doctor = () => lists.as('doctor', people.doctor);
const admin = () => lists.as('admin', people.admin);

describe('of a doctor', () => {
  it('the incoming box, of those for the doctor and for the specialty, reads a page of each', async () => {
    expect(await readPages(200, (page) => listRequests(doctor(), { box: 'incoming', ...page }))).toBe(60);
  });

  it.each(['accepted', 'diagnosed', 'closed', 'declined', undefined] as const)(
    'the own box of %s ones reads a page, however many others there are',
    async (status) => {
      const filter = status === undefined ? {} : { status };
      // Of whom has all of them long ago, too.
      for (const id of [people.doctor, people.retired]) {
        const ctx = lists.as('doctor', id);
        expect(await readPages(250, (page) => listRequests(ctx, { ...filter, ...page }))).toBeGreaterThan(3);
      }
    },
  );

  it('a patient and their timeline read what the doctor treated of it', async () => {
    const { rows } = await lists.pool.query<{ id: string }>(
      `SELECT doctor_id AS id FROM care_requests WHERE patient_id = $1 AND status = 'closed' ORDER BY doctor_id DESC LIMIT 1`,
      [people.patient],
    );
    const ctx = lists.as('doctor', rows[0]?.id ?? '');
    const id = people.patient;
    expect(await readPages(150, (page) => getPatientTimeline(ctx, { id, ...page }))).toBeGreaterThan(2);
    expect(await readPages(50, async () => ({ items: (await getPatient(ctx, { id })).requests }))).toBeGreaterThan(0);
  });

  it('free slots read what is booked of the weeks asked for', async () => {
    expect(await readPages(300, () => listSlots(patient(), { id: people.doctor }))).toBeGreaterThan(5);
  });

  it('appointments to come read no past ones', async () => {
    const ctx = doctor();
    const from = new Date().toISOString();
    expect(await readPages(400, (page) => listAppointments(ctx, { from, ...page }))).toBeGreaterThan(20);
  });
});

describe('of a patient', () => {
  it('the requests read a page', async () => {
    expect(await readPages(200, (page) => listRequests(patient(), page))).toBe(60);
  });

  it('the timeline reads a page, however long the record is', async () => {
    expect(await readPages(250, (page) => getOwnTimeline(patient(), page))).toBe(60);
  });

  it('who looked at the record reads a page', async () => {
    expect(await readPages(100, (page) => readsOf(lists.ctx, people.patient, page))).toBe(60);
  });

  it('a request that waits reads its own line for the place, and some waits for the estimate', async () => {
    const { rows } = await lists.pool.query<{ id: string; patientId: string; specialty: string; line: number }>(
      `SELECT id, patient_id AS "patientId", count(*) OVER (PARTITION BY specialty)::int AS line FROM care_requests
       WHERE status = 'submitted' AND doctor_id IS NULL ORDER BY line DESC, submitted_at DESC LIMIT 1`,
    );
    const [{ id, patientId, line } = { id: '', patientId: '', line: 0 }] = rows;
    expect(line).toBeGreaterThan(300);
    const ctx = lists.as('patient', patientId);
    await readPages(line + 200 + 150, async () => ({ items: [await getRequest(ctx, { id })] }));
  });

  it('notices read a page, all of them or those not read, and so does their number', async () => {
    expect(await readPages(30, (page) => listNotifications(patient(), page))).toBeGreaterThan(50);
    const unread = () => listNotifications(patient(), { unread: true });
    expect(await readPages(30, unread)).toBeGreaterThan(0);
    await readPages(30, async () => ({ items: [await countNotifications(patient())] }));
  });
});

describe('of the chat', () => {
  it('the rooms of whoever is in most read a page', async () => {
    expect(await readPages(300, (page) => listRooms(patient(), page))).toBeGreaterThan(20);
  });

  it('what is unread is counted among the newest thousand messages of a room, however many there are', async () => {
    const { roomId, doctorId, lastSeq } = await longestRoom();
    expect(lastSeq).toBeGreaterThan(3_000);
    const ctx = lists.as('doctor', doctorId);
    lists.asked.length = 0;
    const [room] = await viewRooms(ctx, [roomId]);
    expect(room?.unread).toBeGreaterThan(600);
    expect(room?.unread).toBeLessThan(1_000);
    await readPages(1_000 + 50, async () => ({ items: await viewRooms(ctx, [roomId]) }));
  });

  it('a page of the longest history is a page, at its end, in its middle, and from a time on', async () => {
    const { roomId: id, doctorId, lastSeq } = await longestRoom();
    const ctx = lists.as('doctor', doctorId);
    const middle = Math.floor(lastSeq / 2);
    for (const from of [
      {},
      { before: middle },
      { after: middle },
      { since: new Date(Date.now() - 3_600_000).toISOString() },
    ])
      expect(await readPages(80, () => listMessages(ctx, { id, ...from }))).toBe(20);
  });

  async function longestRoom(): Promise<{ roomId: string; doctorId: string; lastSeq: number }> {
    const { rows } = await lists.chatPool.query<{ roomId: string; doctorId: string; lastSeq: string }>(
      `SELECT room_id AS "roomId", account_id AS "doctorId", last_seq AS "lastSeq" FROM rooms JOIN room_members USING (room_id)
       WHERE role = 'doctor' ORDER BY last_seq DESC LIMIT 1`,
    );
    const [{ roomId, doctorId, lastSeq } = { roomId: '', doctorId: '', lastSeq: '0' }] = rows;
    return { roomId, doctorId, lastSeq: Number(lastSeq) };
  }
});

it('the gauges of who waits read those who wait', async () => {
  const readings: { read(): Promise<unknown[]> }[] = [];
  const metrics = {
    addCounters: () => {},
    addReadings: (reading: (typeof readings)[number]) => void readings.push(reading),
  };
  measureWaiting({ ...lists.ctx, metrics: metrics as unknown as Ctx['metrics'] });
  // Each once in the index and once in the table.
  await readPages(2 * counts.waiting + 1, async () => ({ items: (await readings[0]?.read()) ?? [] }));
});

describe('of an admin', () => {
  /** A walk of 1,000 that also looks for a ban or a doctor of each, and at most 5,000 gathered. */
  const mostUsers = 2 * 1_000 + 2 * 5_000 + 200;
  const few = 100;
  const since = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  const filters: [string, Parameters<typeof listUsers>[1], number][] = [
    ['nobody left out', {}, few],
    ['a role of many', { role: 'patient' }, few],
    ['a role of few', { role: 'doctor' }, few],
    ['a role of nobody', { role: 'admin' }, few],
    ['who is active', { status: 'active' }, few],
    ['who is banned', { status: 'banned' }, few],
    ['who is deleted', { status: 'deleted' }, few],
    ['who awaits approval', { status: 'pending-approval' }, few],
    ['doctors who are deleted', { role: 'doctor', status: 'deleted' }, few],
    ['doctors who are banned', { role: 'doctor', status: 'banned' }, 3 * 200],
    ['who is banned of long ago', { status: 'banned', createdTo: since(800) }, few],
    ['an open appeal', { appeal: 'open' }, mostUsers],
    ['a specialty', { specialty: 'cardiology' }, mostUsers],
    ['a specialty and patients', { specialty: 'cardiology', role: 'patient' }, mostUsers],
    ['a day long ago', { createdFrom: since(800), createdTo: since(799) }, few],
    ['a name of many', { q: 'maria' }, mostUsers],
    ['the beginning of a name', { q: 'zimr' }, mostUsers],
    ['two words', { q: 'chloé zimzim' }, mostUsers],
    ['an address', { q: 'patient31@example.org' }, mostUsers],
    ['where an address is', { q: '@mail.ex' }, mostUsers],
    ['where no address is', { q: '@nowhere.example' }, mostUsers],
    ['a name of nobody', { q: 'xyzzyqwert' }, mostUsers],
    ['a name among the deleted', { q: 'maria', status: 'deleted' }, few],
    ['a name among the banned', { q: 'zimzim', status: 'banned' }, mostUsers],
    ['a name among doctors who await approval', { q: 'maria', status: 'pending-approval' }, few],
  ];

  it.each(filters)('users by %s are found along an index, or by one that has few', async (_name, filter, most) => {
    await readPages(most, (page) => listUsers(admin(), { ...filter, ...page }));
  });

  it('users over all pages are those of a scan, in its order', async () => {
    const meanings: [Parameters<typeof listUsers>[1], string][] = [
      [
        { q: 'zim', status: 'banned' },
        `search_key LIKE '% zim%' AND deleted_at IS NULL AND EXISTS (SELECT FROM bans WHERE account_id = a.id)`,
      ],
      [
        { specialty: 'urology', createdTo: since(90) },
        `created_at < now() - interval '90 days' AND EXISTS (SELECT FROM doctors d WHERE d.account_id = a.id AND specialty = 'urology')`,
      ],
      [
        { q: 'PATIENT39', createdFrom: since(60) },
        `email LIKE 'patient39%' AND created_at >= now() - interval '60 days'`,
      ],
      [
        { q: 'jurgen @mail.example', role: 'doctor' },
        `role = 'doctor' AND full_name LIKE 'Jürgen %' AND email LIKE '%@mail.example'`,
      ],
    ];
    for (const [filter, meaning] of meanings) {
      const { rows } = await lists.pool.query<{ id: string }>(
        `SELECT id FROM accounts AS a WHERE ${meaning} ORDER BY created_at DESC, id DESC`,
      );
      const found: string[] = [];
      let cursor: string | null | undefined;
      while (cursor !== null) {
        const page = await listUsers(admin(), { ...filter, limit: 7, ...(cursor === undefined ? {} : { cursor }) });
        found.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      }
      expect(found, JSON.stringify(filter)).toEqual(rows.map(({ id }) => id));
      expect(found.length).toBeGreaterThan(0);
    }
  });

  it('the numbers of the start page are those of a count, without counting', async () => {
    const one = async (statement: string) => (await lists.pool.query<{ n: number }>(statement)).rows[0]?.n;
    let stats: Awaited<ReturnType<typeof getStats>> | undefined;
    const read = async () => {
      stats = await getStats(admin());
      return { items: [stats] };
    };
    const banned = (await one('SELECT count(*)::int AS n FROM bans')) ?? 0;
    expect(await one('SELECT count(*)::int AS n FROM sessions WHERE expires_at > now()')).toBeGreaterThan(20_000);
    await readPages(10_000 + banned + 20, read);
    expect(stats).toMatchObject({
      accounts: {
        total: await one('SELECT count(*)::int AS n FROM accounts'),
        byRole: { doctor: counts.doctors, patient: counts.patients },
        byStatus: {
          deleted: await one('SELECT count(*)::int AS n FROM accounts WHERE deleted_at IS NOT NULL'),
          banned: await one(
            'SELECT count(*)::int AS n FROM bans JOIN accounts AS a ON a.id = account_id WHERE deleted_at IS NULL',
          ),
        },
      },
      requests: { total: counts.requests, byStatus: { submitted: counts.waiting } },
      sessions: { active: 10_000 },
      bans: { active: banned },
      ratings: { total: await one('SELECT count(*)::int AS n FROM ratings') },
    });
  });

  it('security events read a page by any one filter, and a bounded part by two', async () => {
    const { patient: actorId } = people;
    const read = (filter: Parameters<typeof listSecurityEvents>[1]) => (page: object) =>
      listSecurityEvents(admin(), { ...filter, ...page });
    expect(await readPages(few, read({}))).toBe(60);
    expect(await readPages(few, read({ actorId }))).toBe(60);
    // Whom it happened to last a year ago: along the index of all it would be behind everything.
    expect(await readPages(few, read({ actorId, to: since(360) }))).toBe(60);
    expect(await readPages(few, read({ action: 'passkey-cloned' }))).toBe(60);
    expect(await readPages(few, read({ from: since(300), to: since(299) }))).toBeGreaterThan(20);
    await readPages(11_000, read({ actorId, action: 'passkey-cloned' }));
  });

  it('the audit reads a page by any one filter, and a bounded part by two', async () => {
    const { patient: subjectId, retired: actorId } = people;
    const read = (filter: Parameters<typeof listAudit>[1]) => (page: object) =>
      listAudit(admin(), { ...filter, ...page });
    expect(await readPages(few, read({}))).toBe(60);
    expect(await readPages(few, read({ actorId }))).toBe(60);
    expect(await readPages(few, read({ subjectId }))).toBe(60);
    expect(await readPages(few, read({ action: 'ban.created' }))).toBeGreaterThan(25);
    expect(await readPages(few, read({ from: since(300), to: since(299) }))).toBeGreaterThan(20);
    await readPages(1_500, read({ actorId, action: 'ban.created' }));
    await readPages(1_500, read({ actorId, subjectId }));
  });
});

it('whom to tell of a request are some of those who accept, beginning anywhere, however many there are', async () => {
  const accepting = async (specialty: string) => {
    const { rows } = await lists.pool.query<{ id: string }>(
      'SELECT account_id AS id FROM doctors WHERE listed AND accepting_requests AND specialty = $1 ORDER BY id',
      [specialty],
    );
    return rows.map(({ id }) => id);
  };
  const all = await accepting('cardiology');
  expect(all.length).toBeGreaterThan(5);
  // Wherever it begins, it goes round.
  for (let tries = 0; tries < 20; tries += 1)
    expect((await findAccepting(lists.ctx, 'cardiology', all.length + 10)).toSorted()).toEqual(all);
  await lists.pool.query(`SET session_replication_role = replica`);
  await lists.pool.query(`INSERT INTO doctors (account_id, specialty, license_number, full_name, listed, name_key)
    SELECT md5('another doctor ' || n)::uuid, 'cardiology', 'L', 'Doctor', true, ' doctor ' FROM generate_series(1, 20000) AS n`);
  await lists.pool.query('ANALYZE doctors');
  const told = new Set<string>();
  for (let tries = 0; tries < 100; tries += 1) {
    lists.asked.length = 0;
    const found = await findAccepting(lists.ctx, 'cardiology', 5);
    expect(new Set(found).size).toBe(5);
    for (const id of found) told.add(id);
    expect((await Promise.all(lists.asked.map(judge))).reduce((sum, { touched }) => sum + touched, 0)).toBeLessThan(11);
  }
  expect(told.size).toBeGreaterThan(400);
});

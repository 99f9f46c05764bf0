import type { Ctx } from '../server/src/context.ts';
import { listAppointments } from '../server/src/modules/appointments/list-appointments.ts';
import { listSlots } from '../server/src/modules/appointments/list-slots.ts';
import { listAudit } from '../server/src/modules/audit/list-audit.ts';
import { getRequest } from '../server/src/modules/care/get-request.ts';
import { listRequests } from '../server/src/modules/care/list-requests.ts';
import { getOwnTimeline } from '../server/src/modules/care/timeline.ts';
import { listMessages } from '../server/src/modules/chat/list-messages.ts';
import { listRooms } from '../server/src/modules/chat/list-rooms.ts';
import { countNotifications, listNotifications } from '../server/src/modules/notices/list-notifications.ts';
import { getStats } from '../server/src/modules/people/get-stats.ts';
import { listUsers } from '../server/src/modules/people/list-users.ts';
import { careId } from '../server/test/fill-care.ts';
import type { openListContext } from '../server/test/list-context.ts';

/** The people with most, whose own lists grow as the whole does; and of requests some from anywhere. */
export type Subjects = { doctors: string[]; patients: string[]; requests: Owned[]; waiting: Owned[]; rooms: Room[] };
type Room = { roomId: string; patientId: string; lastSeq: number };
type Owned = { id: string; patientId: string };
export type Lists = ReturnType<typeof openListContext>;
type Page = { cursor?: string };
type Call = (page: Page) => Promise<unknown>;

const subjects = 10;
const pages = 3;

/** What is called, for each of the subjects; `pages`: the first three. */
export const cases: Record<string, (lists: Lists, subjects: Subjects) => { calls: Call[]; paged: boolean }> = {
  'incoming box of a doctor': ofDoctors((ctx, page) => listRequests(ctx, { box: 'incoming', ...page })),
  'own box of a doctor': ofDoctors((ctx, page) => listRequests(ctx, page)),
  'own box of accepted ones': ofDoctors((ctx, page) => listRequests(ctx, { status: 'accepted', ...page })),
  'appointments to come': ofDoctors((ctx, page) => listAppointments(ctx, { from: new Date().toISOString(), ...page })),
  'requests of a patient': ofPatients((ctx, page) => listRequests(ctx, page)),
  'timeline of a patient': ofPatients((ctx, page) => getOwnTimeline(ctx, page)),
  'notices not read': ofPatients((ctx, page) => listNotifications(ctx, { unread: true, ...page })),
  'free slots of a week': ({ as }, { doctors, patients: [patient = ''] }) => ({
    calls: doctors.map((id) => () => listSlots(as('patient', patient), { id })),
    paged: false,
  }),
  'a request by id': ({ as }, { requests }) => byId(as, requests),
  'one that waits: place, estimate': ({ as }, { waiting }) => byId(as, waiting),
  'rooms of a doctor': ofDoctors((ctx, page) => listRooms(ctx, page)),
  'rooms of a patient': ofPatients((ctx, page) => listRooms(ctx, page)),
  'newest page of the longest rooms': ofRooms(() => ({})),
  'a page in the middle of those': ofRooms(({ lastSeq }) => ({ before: Math.ceil(lastSeq / 2) })),
  'number of notices not read': ofPatients((ctx) => countNotifications(ctx), false),
  'numbers of the start page': ofAdmin((ctx) => getStats(ctx), false),
  accounts: ofAdmin((ctx, page) => listUsers(ctx, page)),
  'accounts: doctors who await approval': ofAdmin((ctx, page) =>
    listUsers(ctx, { status: 'pending-approval', ...page }),
  ),
  'accounts: banned': ofAdmin((ctx, page) => listUsers(ctx, { status: 'banned', ...page })),
  'accounts: a specialty': ofAdmin((ctx, page) => listUsers(ctx, { specialty: 'urology', ...page })),
  'accounts: a name of many': ofAdmin((ctx, page) => listUsers(ctx, { q: 'maria', ...page })),
  'accounts: a rare name': ofAdmin((ctx, page) => listUsers(ctx, { q: 'chloe zimzimdottir', ...page })),
  'accounts: an address': ofAdmin((ctx, page) => listUsers(ctx, { q: 'patient123@example.org', ...page })),
  'accounts: nobody': ofAdmin((ctx, page) => listUsers(ctx, { q: 'xyzzyqwert', ...page })),
  'audit of a doctor': ({ as }, { doctors }) => ({
    calls: doctors.map((actorId) => (page: Page) => listAudit(as('admin', actorId), { actorId, ...page })),
    paged: true,
  }),
  'audit of one action': ofAdmin((ctx, page) => listAudit(ctx, { action: 'ban.created', ...page })),
};

function ofDoctors(call: (ctx: Ctx, page: Page) => Promise<unknown>) {
  return ({ as }: Lists, { doctors }: Subjects) => ({
    calls: doctors.map((id) => (page: Page) => call(as('doctor', id), page)),
    paged: true,
  });
}

function ofPatients(call: (ctx: Ctx, page: Page) => Promise<unknown>, paged = true) {
  return ({ as }: Lists, { patients }: Subjects) => ({
    calls: patients.map((id) => (page: Page) => call(as('patient', id), page)),
    paged,
  });
}

function ofRooms(from: (room: Room) => { before?: number }) {
  return ({ as }: Lists, { rooms }: Subjects) => ({
    calls: rooms.map((room) => () => listMessages(as('patient', room.patientId), { id: room.roomId, ...from(room) })),
    paged: false,
  });
}

function ofAdmin(call: (ctx: Ctx, page: Page) => Promise<unknown>, paged = true) {
  return ({ as }: Lists, { doctors: [id = ''] }: Subjects) => ({
    calls: [(page: Page) => call(as('admin', id), page)],
    paged,
  });
}

function byId(as: Lists['as'], requests: Owned[]) {
  return {
    calls: requests.map(
      ({ id, patientId }) =>
        () =>
          getRequest(as('patient', patientId), { id }),
    ),
    paged: false,
  };
}

export const none: Subjects = { doctors: [], patients: [], requests: [], waiting: [], rooms: [] };

export async function draw({ pool, chatPool }: Lists): Promise<Subjects> {
  const people = async (kind: 'doctor' | 'patient') => {
    const ids = [];
    for (let n = 1; n <= subjects; n += 1) ids.push(await careId(pool, kind, n));
    return ids;
  };
  const owned = `SELECT id, patient_id AS "patientId" FROM care_requests`;
  // A page in so many: from anywhere in the table.
  const { rows } = await pool.query<{ share: number }>(
    `SELECT least(100, 500000 / greatest(1, reltuples))::float8 AS share FROM pg_class WHERE relname = 'care_requests'`,
  );
  const anywhere = await pool.query<Owned>(`${owned} TABLESAMPLE SYSTEM (${rows[0]?.share ?? 100}) REPEATABLE (1)`);
  const waiting = await pool.query<Owned>(
    `${owned} WHERE status = 'submitted' AND doctor_id IS NULL ORDER BY md5(id::text) LIMIT 100`,
  );
  const requests = anywhere.rows.filter((_, index) => index % 50 === 0).slice(0, 100);
  const rooms = await chatPool.query<{ roomId: string; patientId: string; lastSeq: string }>(
    `SELECT room_id AS "roomId", account_id AS "patientId", last_seq AS "lastSeq" FROM rooms JOIN room_members USING (room_id)
     WHERE role = 'patient' ORDER BY last_seq DESC LIMIT ${subjects}`,
  );
  return {
    doctors: await people('doctor'),
    patients: await people('patient'),
    requests,
    waiting: waiting.rows,
    rooms: rooms.rows.map((room) => ({ ...room, lastSeq: Number(room.lastSeq) })),
  };
}

/** With its first pages, where there are so many. */
export async function withPages({
  calls,
  paged,
}: {
  calls: Call[];
  paged: boolean;
}): Promise<(() => Promise<unknown>)[]> {
  const inputs: (() => Promise<unknown>)[] = [];
  for (const call of calls) {
    let page: Page = {};
    for (let n = 0; n < (paged ? pages : 1); n += 1) {
      const at = page;
      inputs.push(() => call(at));
      const { nextCursor = null } = paged ? ((await call(at)) as { nextCursor?: string | null }) : {};
      if (nextCursor === null) break;
      page = { cursor: nextCursor };
    }
  }
  return inputs;
}

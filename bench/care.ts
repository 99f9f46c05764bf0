import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Ctx } from '../server/src/context.ts';
import { migrateDatabases } from '../server/src/databases.ts';
import { listAppointments } from '../server/src/modules/appointments/list-appointments.ts';
import { listSlots } from '../server/src/modules/appointments/list-slots.ts';
import { listAudit } from '../server/src/modules/audit/list-audit.ts';
import { getRequest } from '../server/src/modules/care/get-request.ts';
import { listRequests } from '../server/src/modules/care/list-requests.ts';
import { getOwnTimeline } from '../server/src/modules/care/timeline.ts';
import { listNotifications } from '../server/src/modules/notices/list-notifications.ts';
import { listUsers } from '../server/src/modules/people/list-users.ts';
import { careId, fillCare, usualCounts } from '../server/test/fill-care.ts';
import { openListContext } from '../server/test/list-context.ts';
import { inSetting } from './setting.ts';

/** The people with most, whose own lists grow as the whole does; and of requests some from anywhere. */
type Subjects = { doctors: string[]; patients: string[]; requests: Owned[]; waiting: Owned[] };
type Owned = { id: string; patientId: string };
type Lists = ReturnType<typeof openListContext>;
type Page = { cursor?: string };
type Call = (page: Page) => Promise<unknown>;

const subjects = 10;
const calls = 200;
const pages = 3;

/** What is called, for each of the subjects; `pages`: the first three. */
const cases: Record<string, (lists: Lists, subjects: Subjects) => { calls: Call[]; paged: boolean }> = {
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

function ofPatients(call: (ctx: Ctx, page: Page) => Promise<unknown>) {
  return ({ as }: Lists, { patients }: Subjects) => ({
    calls: patients.map((id) => (page: Page) => call(as('patient', id), page)),
    paged: true,
  });
}

function ofAdmin(call: (ctx: Ctx, page: Page) => Promise<unknown>) {
  return ({ as }: Lists, { doctors: [id = ''] }: Subjects) => ({
    calls: [(page: Page) => call(as('admin', id), page)],
    paged: true,
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

/**
 * Lists at each size, straight on the use case, the databases side by side on one server and called turn by turn. With a folder to keep, a run
 * that finds some of them missing fills those and measures nothing: filling leaves a machine that is not quiet.
 */
export async function benchCare(sizes: readonly number[], keep: string | undefined): Promise<void> {
  const folder = keep ?? mkdtempSync(join(tmpdir(), 'openward-bench-'));
  try {
    const missing = sizes.filter((size) => !existsSync(markOf(folder, size)));
    if (missing.length > 0) await fill(folder, missing);
    if (keep !== undefined && missing.length > 0) return;
    await inSetting(
      sizes.map(nameOf),
      async (_folder, postgres) => {
        report(sizes, await measure(sizes.map((size) => postgres.url(nameOf(size)))));
      },
      folder,
    );
  } finally {
    if (keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

const nameOf = (size: number) => `care_${size}`;
const markOf = (folder: string, size: number) => join(folder, `${nameOf(size)}.filled`);

/** What a fill writes is needed whole or not at all: without a log of it, and with memory for its sorts. */
const filling = {
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: "'16GB'",
  checkpoint_timeout: "'30min'",
  autovacuum: 'off',
};

async function fill(folder: string, sizes: readonly number[]): Promise<void> {
  const settings = Object.entries(filling).map(([name, value]) => `ALTER SYSTEM SET ${name} = ${value}`);
  await inSetting(['chat'], (_folder, postgres) => query(postgres.url('chat'), settings), folder);
  const names = sizes.map(nameOf);
  await inSetting(
    [...names, 'chat'],
    async (_folder, postgres) => {
      for (const size of sizes) {
        const url = postgres.url(nameOf(size));
        await migrateDatabases({ main: url, chat: postgres.url('chat') });
        const startedAt = performance.now();
        const say = (done: string) =>
          process.stdout.write(`${size}: ${Math.round((performance.now() - startedAt) / 1000)} s, ${done}\n`);
        await fillCare(url, usualCounts(size), say);
        await query(url, ['CHECKPOINT']);
        say('filled');
        writeFileSync(markOf(folder, size), '');
      }
      await query(postgres.url('chat'), ['ALTER SYSTEM RESET ALL']);
    },
    folder,
  );
}

async function query(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

/** Milliseconds. @returns of each case, those of each size. */
async function measure(urls: readonly string[]): Promise<Map<string, number[][]>> {
  const all = urls.map((url) => openListContext(url));
  try {
    return await measureAll(all);
  } finally {
    for (const { pool } of all) await pool.end();
  }
}

async function measureAll(all: readonly Lists[]): Promise<Map<string, number[][]>> {
  const drawn = [];
  for (const lists of all) drawn.push(await draw(lists.pool));
  const results = new Map<string, number[][]>();
  for (const [name, make] of Object.entries(cases)) {
    const inputs: (() => Promise<unknown>)[][] = [];
    for (const [index, lists] of all.entries()) inputs.push(await withPages(make(lists, drawn[index] ?? none)));
    const times: number[][] = all.map(() => []);
    for (let n = -20; n < calls; n += 1) {
      for (const [index, ofSize] of inputs.entries()) {
        const startedAt = performance.now();
        await ofSize[(n + 20) % ofSize.length]?.();
        if (n >= 0) times[index]?.push(performance.now() - startedAt);
      }
      for (const { asked } of all) asked.length = 0;
    }
    results.set(name, times);
  }
  return results;
}

const none: Subjects = { doctors: [], patients: [], requests: [], waiting: [] };

async function draw(pool: pg.Pool): Promise<Subjects> {
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
  return { doctors: await people('doctor'), patients: await people('patient'), requests, waiting: waiting.rows };
}

/** With its first pages, where there are so many. */
async function withPages({ calls, paged }: { calls: Call[]; paged: boolean }): Promise<(() => Promise<unknown>)[]> {
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

function report(sizes: readonly number[], results: Map<string, number[][]>): void {
  const at = (times: number[] | undefined, share: number) =>
    (times ?? []).toSorted((a, b) => a - b)[Math.floor((times ?? []).length * share)] ?? 0;
  console.table(
    [...results].map(([list, times]) => ({
      list,
      ...Object.fromEntries(sizes.map((size, index) => [`p50, ${size}`, Number(at(times[index], 0.5).toFixed(2))])),
      ...Object.fromEntries(sizes.map((size, index) => [`p99, ${size}`, Number(at(times[index], 0.99).toFixed(2))])),
      growth: Number((at(times.at(-1), 0.5) / at(times[0], 0.5)).toFixed(2)),
    })),
  );
}

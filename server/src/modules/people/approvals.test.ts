import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { codeOf, withoutRequestId } from '../../../test/http.ts';
import { jpeg, pdf, png, secretPlace } from '../../../test/images.ts';
import type { Actor, Ctx } from '../../context.ts';
import { newId } from '../../platform/id.ts';
import { Problem } from '../../platform/problem.ts';
import { actorFor } from '../appointments/test-support.ts';
import { eraseDocuments } from '../doctors/approvals/remove-document.ts';
import { documentKey, reserveDocument, storeDocument } from '../doctors/approvals/upload-document.ts';
import { askApproval } from './ask-approval.ts';
import { approveDoctor, rejectDoctor } from './moderate-user.ts';
import { uploadDocument } from './own-documents.ts';

let server: TestServer;
let admin: Person;
beforeAll(async () => {
  server = await startTestServer();
  admin = await server.people.admin();
});
afterAll(() => server.stop());

const pending = () => server.people.doctor({ approved: false });

type Queued = { id: string; doctor: { id: string }; documents: { id: string; isNew: boolean }[] } & Record<
  string,
  unknown
>;

async function queue(): Promise<Queued[]> {
  const items: Queued[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await admin.api('GET', `/admin/approvals?limit=100${cursor}`);
    items.push(...body.items);
    if (body.nextCursor === null) return items;
    cursor = `&cursor=${body.nextCursor}`;
  }
}
const queued = async ({ id }: Person) => (await queue()).find(({ doctor }) => doctor.id === id);
const approvalOf = async (doctor: Person) => (await doctor.api('GET', '/me')).body.doctor.approval;
const decide = (doctor: Person, act: 'approve' | 'reject', body: object = {}) =>
  admin.api('POST', `/admin/doctors/${doctor.id}/${act}`, body);

async function upload(doctor: Person, file: Buffer = pdf, type = 'application/pdf', name = 'licence.pdf') {
  const path = `/me/approval/documents?name=${encodeURIComponent(name)}`;
  return doctor.api('POST', path, undefined, { raw: file, headers: { 'content-type': type } });
}

const pdfFile = () => ({ type: 'application/pdf', sizeBytes: pdf.length, content: Readable.from([pdf]) });

describe('the queue', () => {
  it('has who registered, with documents; who was refused leaves it, with the reason by mail and in GET /me', async () => {
    const doctor = await pending();
    const document = (await upload(doctor)).body;
    expect(await approvalOf(doctor)).toMatchObject({ state: 'waiting', last: null, documents: [document] });
    const waiting = await queued(doctor);
    expect(waiting).toMatchObject({
      kind: 'first',
      licenseNumber: 'L-1',
      specialty: { code: 'cardiology' },
      previous: null,
      documents: [{ ...document, isNew: true }],
    });
    const reason = 'The licence is cut off at the right.';
    expect((await decide(doctor, 'reject', { approvalId: waiting?.id, reason })).status).toBe(200);
    expect(await queued(doctor)).toBeUndefined();
    expect(await approvalOf(doctor)).toMatchObject({
      state: 'rejected',
      asked: null,
      last: { state: 'rejected', reason },
    });
    expect((await server.mailbox.waitFor(doctor.email, 'Your account is not approved')).text).toContain(reason);
    expect(codeOf(await doctor.api('GET', '/requests'))).toEqual([403, 'doctor-not-approved']);
    expect((await server.api('GET', `/doctors/${doctor.id}`)).status).toBe(404);
  });

  it('has who hands in again, with what is new, and approval then acts at once', async () => {
    const doctor = await pending();
    await upload(doctor);
    await decide(doctor, 'reject', { reason: 'Unreadable' });
    const added = (await upload(doctor, png(), 'image/png', 'better.png')).body;
    const asked = await doctor.api('POST', '/me/approval', { licenseNumber: 'L-2', note: 'A better picture' });
    expect(asked).toMatchObject({
      status: 201,
      body: { state: 'waiting', asked: { kind: 'again', licenseNumber: 'L-2' } },
    });
    const waiting = await queued(doctor);
    expect(waiting).toMatchObject({
      kind: 'again',
      note: 'A better picture',
      previous: { state: 'rejected', reason: 'Unreadable' },
    });
    expect(waiting?.documents.map(({ id, isNew }) => [id === added.id, isNew])).toEqual([
      [false, false],
      [true, true],
    ]);
    expect((await decide(doctor, 'approve', { approvalId: waiting?.id })).body.status).toBe('active');
    expect((await doctor.api('GET', '/requests')).status).toBe(200);
    expect((await doctor.api('GET', '/me')).body.doctor).toMatchObject({
      licenseNumber: 'L-2',
      approval: { state: 'approved' },
    });
    expect((await server.api('GET', `/doctors/${doctor.id}`)).status).toBe(200);
  });

  it('is oldest first, in pages, and correcting what waits keeps the place but is another thing to decide', async () => {
    const [first, second] = [await pending(), await pending()];
    const before = await queued(first);
    await first.api('POST', '/me/approval', { specialty: 'urology' });
    const order = (await queue()).map(({ doctor }) => doctor.id).filter((id) => id === first.id || id === second.id);
    expect(order).toEqual([first.id, second.id]);
    const page = (await admin.api('GET', '/admin/approvals?limit=1')).body;
    expect([page.items.length, typeof page.nextCursor]).toEqual([1, 'string']);
    expect(codeOf(await decide(first, 'approve', { approvalId: before?.id }))).toEqual([409, 'already-decided']);
    expect((await first.api('GET', '/me')).body.status).toBe('pending-approval');
  });
});

describe('an approved doctor who asks for another specialty', () => {
  it('keeps the old one, listed and at work, until it is approved', async () => {
    const doctor = await server.people.doctor({ specialty: 'cardiology' });
    expect(codeOf(await doctor.api('POST', '/me/approval', {}))).toEqual([409, 'invalid-transition']);
    expect((await doctor.api('POST', '/me/approval', { specialty: 'neurology' })).body).toMatchObject({
      state: 'approved',
      asked: { kind: 'change', specialty: { code: 'neurology' } },
    });
    expect((await server.api('GET', `/doctors/${doctor.id}`)).body.specialty.code).toBe('cardiology');
    expect((await doctor.api('GET', '/requests')).status).toBe(200);
    expect(await queued(doctor)).toMatchObject({
      doctor: { specialty: { code: 'cardiology' } },
      specialty: { code: 'neurology' },
    });
    await decide(doctor, 'approve', { approvalId: (await queued(doctor))?.id });
    expect((await server.api('GET', `/doctors/${doctor.id}`)).body.specialty.code).toBe('neurology');
    await server.mailbox.waitFor(doctor.email, 'Your change is approved');
  });

  it('stays approved as before when that is refused, and loses the approval only when it is withdrawn', async () => {
    const doctor = await server.people.doctor();
    await doctor.api('POST', '/me/approval', { specialty: 'neurology' });
    await decide(doctor, 'reject', { approvalId: (await queued(doctor))?.id, reason: 'No certificate' });
    expect(await approvalOf(doctor)).toMatchObject({
      state: 'approved',
      asked: null,
      last: { reason: 'No certificate' },
    });
    expect((await server.mailbox.waitFor(doctor.email, 'Your change is not approved')).text).toContain(
      'No certificate',
    );
    expect((await server.api('GET', `/doctors/${doctor.id}`)).status).toBe(200);
    await doctor.api('POST', '/me/approval', { specialty: 'neurology' });
    await decide(doctor, 'reject', { reason: 'Struck off' });
    expect(await queued(doctor)).toBeUndefined();
    expect((await server.api('GET', `/doctors/${doctor.id}`)).status).toBe(404);
  });
});

describe('a decision', () => {
  it('of two admins at once is one, in a hundred races', async () => {
    const doctor = await pending();
    const other = await server.people.admin();
    const as = ({ id, sessionId }: Person) =>
      server.ctx.as({ accountId: id, sessionId, role: 'admin', approved: true, factorMissing: false } satisfies Actor);
    for (let trial = 0; trial < 100; trial += 1) {
      const approvalId = (await queued(doctor))?.id ?? '';
      const before = (await approvalOf(doctor)).state;
      const ends = await Promise.allSettled([
        approveDoctor(as(admin), { id: doctor.id, approvalId }),
        rejectDoctor(as(other), { id: doctor.id, approvalId, reason: 'No' }),
      ]);
      const lost = ends.flatMap((end) =>
        end.status === 'rejected' && end.reason instanceof Problem ? [end.reason.code] : [],
      );
      expect(lost).toEqual(['already-decided']);
      const approved = ends[0]?.status === 'fulfilled';
      const made = sql`SELECT count(*) AS n FROM approval_requests WHERE id = ${approvalId} AND state = ${approved ? 'approved' : 'rejected'}`;
      expect(await countOf(server.ctx, made)).toBe(1);
      expect((await approvalOf(doctor)).state).toBe(approved || before === 'approved' ? 'approved' : 'rejected');
      // Whatever it was, the next trial begins with something that waits.
      await doctor.api('POST', '/me/approval', { licenseNumber: `L-${trial}-again` });
    }
  });

  it('again on who is approved changes nothing, and a note of a request that is not theirs decides nothing', async () => {
    const doctor = await server.people.doctor();
    const decisions = sql`SELECT count(*) AS n FROM approval_requests WHERE doctor_id = ${doctor.id}`;
    expect((await decide(doctor, 'approve')).status).toBe(200);
    expect(await countOf(server.ctx, decisions)).toBe(0);
    expect(codeOf(await decide(doctor, 'reject', { approvalId: newId() }))).toEqual([409, 'already-decided']);
    expect((await server.api('GET', `/doctors/${doctor.id}`)).status).toBe(200);
  });
});

describe('a document', () => {
  it('is seen by the doctor and admins alone, as it was, an image without what it tells of its making', async () => {
    const doctor = await pending();
    const [kept, picture] = [await upload(doctor), await upload(doctor, jpeg().file, 'image/jpeg', 'licence.jpg')];
    expect([kept.status, picture.status]).toEqual([201, 201]);
    const bytes = async ({ accessToken }: Person, path: string) => {
      const reply = await fetch(`${server.url}/api/v1${path}`, { headers: { authorization: `Bearer ${accessToken}` } });
      return { status: reply.status, headers: reply.headers, body: Buffer.from(await reply.arrayBuffer()) };
    };
    for (const [reader, path] of [
      [doctor, `/me/approval/documents/${kept.body.id}`],
      [admin, `/admin/approval-documents/${kept.body.id}`],
    ] as const) {
      const found = await bytes(reader, path);
      expect([found.status, found.headers.get('content-type'), found.headers.get('cache-control')]).toEqual([
        200,
        'application/pdf',
        'no-store',
      ]);
      expect([found.body.equals(pdf), found.headers.get('content-disposition')]).toEqual([
        true,
        expect.stringMatching(/^attachment; filename="licence.pdf"/),
      ]);
    }
    const cleaned = await bytes(admin, `/admin/approval-documents/${picture.body.id}`);
    expect(cleaned.body.includes(secretPlace)).toBe(false);
    const missing = await doctor.api('GET', `/me/approval/documents/${newId()}`);
    for (const other of [await pending(), await server.people.patient(), admin]) {
      const refused = await other.api('GET', `/me/approval/documents/${kept.body.id}`);
      expect([refused.status, withoutRequestId(refused.body)]).toEqual([404, withoutRequestId(missing.body)]);
    }
    const seen = sql`SELECT count(*) AS n FROM audit_log WHERE action = 'approval.document-read' AND actor_id = ${admin.id} AND owner_id = ${doctor.id}`;
    expect(await countOf(server.ctx, seen)).toBe(2);
  });

  it('is refused when it is another type than it says, too many, or of a patient', async () => {
    const doctor = await pending();
    expect(codeOf(await upload(doctor, png(), 'application/pdf'))).toEqual([415, 'unsupported-media-type']);
    expect(codeOf(await upload(doctor, Buffer.from('<svg/>'), 'image/svg+xml'))).toEqual([
      415,
      'unsupported-media-type',
    ]);
    expect(codeOf(await upload(await server.people.patient()))).toEqual([403, 'forbidden']);
    expect(codeOf(await (await server.people.patient()).api('POST', '/me/approval', {}))).toEqual([403, 'forbidden']);
    const ends = await Promise.all(Array.from({ length: 12 }, () => upload(doctor)));
    expect(ends.map(({ status }) => status).sort()).toEqual([...Array<number>(10).fill(201), 409, 409]);
    expect(ends.find(({ status }) => status === 409)?.body.code).toBe('too-many-documents');
  });

  it('can be taken back until it was decided on; its bytes go, and all of them with the account', async () => {
    const doctor = await pending();
    const stored = () => readdir(`${server.config.attachments.dir}/${doctor.id}`).catch(() => []);
    const [first, second] = [(await upload(doctor)).body, (await upload(doctor)).body];
    expect((await doctor.api('DELETE', `/me/approval/documents/${first.id}`)).status).toBe(204);
    await eventually('the bytes are gone', async () => (await stored()).join() === second.id);
    await decide(doctor, 'reject', { reason: 'No' });
    expect(codeOf(await doctor.api('DELETE', `/me/approval/documents/${second.id}`))).toEqual([
      409,
      'invalid-transition',
    ]);
    expect((await doctor.api('GET', '/me/export')).body.approvals).toMatchObject([
      { state: 'rejected', reason: 'No' },
      { document: { id: second.id } },
    ]);
    await admin.api('DELETE', `/admin/users/${doctor.id}`, { reason: 'Asked' });
    await eventually('all bytes are gone', async () => (await stored()).length === 0);
    const left = sql`SELECT count(*) AS n FROM approval_requests WHERE doctor_id = ${doctor.id} AND (license_number <> '' OR reason IS NOT NULL OR state = 'open')`;
    expect(await countOf(server.ctx, left)).toBe(0);
  });

  it('stays where an admin’s decision on it is about to be committed', async () => {
    const doctor = await pending();
    const { id } = (await upload(doctor)).body;
    const { answer } = await server.ctx.as(actorFor(admin, 'admin')).tx(async (ctx) => {
      await rejectDoctor(ctx, { id: doctor.id, reason: 'No' });
      let answered = false;
      const answer = doctor.api('DELETE', `/me/approval/documents/${id}`).finally(() => {
        answered = true;
      });
      const waiting = sql`SELECT count(*) AS n FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await eventually('it waits or is answered', async () => answered || (await countOf(server.ctx, waiting)) > 0);
      return { answer };
    });
    expect(codeOf(await answer)).toEqual([409, 'invalid-transition']);
  });
});

it('a document whose bytes come after the doctor was deleted leaves none', async () => {
  const { ctx } = server;
  const doctor = await pending();
  const row = await ctx.tx((ctx) => reserveDocument(ctx, doctor.id, { ...pdfFile(), name: 'licence.pdf' }));
  await admin.api('DELETE', `/admin/users/${doctor.id}`, { reason: 'Asked' });
  await eraseDocuments(ctx);
  await expect(storeDocument(ctx, row, pdfFile())).rejects.toMatchObject({ code: 'not-found' });
  await ctx.db.execute(
    sql`UPDATE approval_documents SET created_at = now() - interval '31 minutes' WHERE id = ${row.id}`,
  );
  await eraseDocuments(ctx);
  expect(await ctx.files.get(documentKey(row))).toBeNull();
  expect(await countOf(ctx, sql`SELECT count(*) AS n FROM approval_documents WHERE id = ${row.id}`)).toBe(0);
});

describe('of a doctor who was deleted after the call was let in', () => {
  it.each<[what: string, call: (ctx: Ctx) => Promise<unknown>]>([
    ['an application', (ctx) => askApproval(ctx, { licenseNumber: 'L-late', note: 'It is I' })],
    ['a document', (ctx) => uploadDocument(ctx, { name: 'passport.pdf', file: pdfFile() })],
  ])('%s is not kept', async (_what, call) => {
    const doctor = await pending();
    await admin.api('DELETE', `/admin/users/${doctor.id}`, { reason: 'Asked' });
    await expect(call(server.ctx.as(actorFor(doctor, 'doctor')))).rejects.toMatchObject({ code: 'session-ended' });
    const kept = sql`SELECT (SELECT count(*) FROM approval_requests WHERE doctor_id = ${doctor.id} AND license_number <> '')
      + (SELECT count(*) FROM approval_documents WHERE doctor_id = ${doctor.id}) AS n`;
    expect(await countOf(server.ctx, kept)).toBe(0);
  });
});

import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { codeOf } from '../../../test/http.ts';
import type { Ctx } from '../../context.ts';
import { actorFor } from '../appointments/test-support.ts';
import { submitTo } from '../chat/test-support.ts';
import { acceptRequest } from './accept-request.ts';
import { addDiagnosis } from './add-diagnosis.ts';
import { cancelRequest } from './cancel-request.ts';
import { closeRequest } from './close-request.ts';
import { declineRequest } from './decline-request.ts';
import { releaseRequest } from './release-request.ts';
import { diagnosed, finding } from './test-support.ts';

let server: TestServer;
let admin: Person;
beforeAll(async () => {
  server = await startTestServer();
  admin = await server.people.admin();
});
afterAll(() => server.stop());

/** Who was refused, by what is in the audit of something. */
async function deniedOf(subjectId: string): Promise<[string, string][]> {
  const { items } = (await admin.api('GET', `/admin/audit?subjectId=${subjectId}&action=record.read`)).body;
  const denied = items.filter(({ outcome }: { outcome: string }) => outcome === 'denied');
  return denied.map(({ actorId, subjectType }: { actorId: string; subjectType: string }) => [actorId, subjectType]);
}

/** A request of two people, as far as that. */
const inState = {
  submitted: async () => {
    const [patient, doctor] = [await server.people.patient(), await server.people.doctor()];
    return { patient, doctor, requestId: await submitTo(patient, doctor) };
  },
  accepted: async () => {
    const one = await inState.submitted();
    await one.doctor.api('POST', `/requests/${one.requestId}/accept`);
    return one;
  },
  diagnosed: () => diagnosed(server),
};

describe('access', () => {
  it('to a request that is open to a specialty is that specialty’s: another sees and takes nothing', async () => {
    const [patient, inside, outside] = await Promise.all([
      server.people.patient(),
      server.people.doctor({ specialty: 'urology' }),
      server.people.doctor({ specialty: 'surgery' }),
    ]);
    const body = { specialty: 'urology', complaint: 'Pain', urgency: 'routine' };
    const { id } = (await patient.api('POST', '/requests', body)).body;
    const get = (person: Person) => person.api('GET', `/requests/${id}`);
    const accept = (person: Person) => person.api('POST', `/requests/${id}/accept`);
    expect([(await get(inside)).status, (await get(outside)).status]).toEqual([200, 404]);
    expect(codeOf(await accept(outside))).toEqual([404, 'not-found']);
    expect((await accept(inside)).status).toBe(200);
    // Nor can the other tell that somebody has taken it.
    expect(codeOf(await accept(outside))).toEqual([404, 'not-found']);
    expect(await deniedOf(id)).toEqual(Array(3).fill([outside.id, 'request']));
  });

  it('to look at what is to be handed over lets nobody close or diagnose it but its doctor', async () => {
    const { patient, doctor, requestId } = await diagnosed(server);
    const next = await server.people.doctor();
    await doctor.api('POST', `/requests/${requestId}/transfer`, { doctorId: next.id });
    await patient.api('POST', `/requests/${requestId}/transfer/consent`);
    expect((await next.api('GET', `/requests/${requestId}`)).status).toBe(200);
    const close = (person: Person) => person.api('POST', `/requests/${requestId}/close`);
    const diagnose = await next.api('POST', `/requests/${requestId}/diagnoses`, finding);
    expect([await close(next), diagnose].map(codeOf)).toEqual(Array(2).fill([409, 'invalid-transition']));
    const { status, diagnoses } = (await patient.api('GET', `/requests/${requestId}`)).body;
    expect([status, diagnoses.length]).toEqual(['diagnosed', 1]);
    expect((await close(doctor)).status).toBe(200);
  });

  it.each([
    ['hands a request back', 'accepted', (ctx: Ctx, id: string) => releaseRequest(ctx, { id, reason: 'Away' })],
    ['accepts one, and hands it back elsewhere', 'submitted', (ctx: Ctx, id: string) => acceptRequest(ctx, { id })],
  ] as const)('to what a colleague writes then is not in the answer to who %s', async (_how, state, act) => {
    const { doctor, requestId } = await inState[state]();
    const colleague = await server.people.doctor();
    const base = server.ctx.as(actorFor(doctor, 'doctor'));
    // Between the commit and the answer the colleague takes and diagnoses it.
    const tx = async <T>(work: (ctx: Ctx) => Promise<T>): Promise<T> => {
      const result = await base.tx(work);
      if (state === 'submitted') await doctor.api('POST', `/requests/${requestId}/release`, { reason: 'Away' });
      expect((await colleague.api('POST', `/requests/${requestId}/accept`)).status).toBe(200);
      expect((await colleague.api('POST', `/requests/${requestId}/diagnoses`, finding)).status).toBe(201);
      return result;
    };
    const answer = await act(Object.create(base, { tx: { value: tx } }), requestId);
    expect(answer.diagnoses).toEqual([]);
    expect(answer.doctor?.id).not.toBe(colleague.id);
  });

  it('to a patient is refused to a doctor who does not treat them, and each try is written down', async () => {
    const { patient } = await diagnosed(server);
    const stranger = await server.people.doctor();
    for (const path of [`/patients/${patient.id}`, `/users/${patient.id}`]) {
      expect([path, ...codeOf(await stranger.api('GET', path))]).toEqual([path, 404, 'not-found']);
    }
    expect(await deniedOf(patient.id)).toEqual(Array(2).fill([stranger.id, 'patient']));
  });

  it('to a patient whom one diagnosed ends with the approval', async () => {
    const { patient, doctor } = await diagnosed(server);
    const get = () => doctor.api('GET', `/users/${patient.id}`);
    expect((await get()).status).toBe(200);
    expect((await admin.api('POST', `/admin/doctors/${doctor.id}/reject`, {})).status).toBe(200);
    expect(codeOf(await get())).toEqual([404, 'not-found']);
  });
});

describe('who was banned a moment ago', () => {
  const reason = 'Away';
  const acts = {
    accept: ['submitted', 'doctor', (ctx: Ctx, id: string) => acceptRequest(ctx, { id })],
    decline: ['submitted', 'doctor', (ctx: Ctx, id: string) => declineRequest(ctx, { id, reason })],
    cancel: ['submitted', 'patient', (ctx: Ctx, id: string) => cancelRequest(ctx, { id, reason })],
    release: ['accepted', 'doctor', (ctx: Ctx, id: string) => releaseRequest(ctx, { id, reason })],
    diagnose: ['diagnosed', 'doctor', (ctx: Ctx, id: string) => addDiagnosis(ctx, { id, ...finding })],
    close: ['diagnosed', 'doctor', (ctx: Ctx, id: string) => closeRequest(ctx, { id })],
  } as const;

  it.each(['accept', 'decline', 'cancel', 'release', 'diagnose', 'close'] as const)(
    'can %s nothing more',
    async (what) => {
      const [state, role, act] = acts[what];
      const { requestId, ...people } = await inState[state]();
      const actor = actorFor(people[role], role);
      // Nothing but the ban itself: as the rest of it would be seen by a call that is under way.
      await server.ctx.db.execute(
        sql`INSERT INTO bans (id, account_id, reason, banned_by) VALUES (gen_random_uuid(), ${actor.accountId}, 'x', ${admin.id})`,
      );
      await expect(act(server.ctx.as(actor), requestId)).rejects.toMatchObject({ code: 'account-banned' });
      const rows = sql`SELECT r.status, (SELECT count(*)::int FROM diagnoses WHERE request_id = r.id) AS diagnoses
      FROM care_requests r WHERE r.id = ${requestId}`;
      expect(await rowsOf(server.ctx, rows)).toEqual([{ status: state, diagnoses: state === 'diagnosed' ? 1 : 0 }]);
    },
  );
});

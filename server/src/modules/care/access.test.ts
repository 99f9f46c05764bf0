import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { codeOf } from '../../../test/http.ts';
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

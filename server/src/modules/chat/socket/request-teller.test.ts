import type { SpecialtyCode } from '@openward/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import type { RunningNode } from '../../../start-node.ts';
import { requestChanged } from '../../care/index.ts';
import { type Frame, TestSocket } from '../test-support.ts';

// The calls are made at one node, the sockets are at another, the jobs run at a third: what is heard came over the bus.
let server: TestServer;
let chat: RunningNode;
beforeAll(async () => {
  server = await startTestServer({ roles: ['api'] });
  [chat] = await Promise.all([server.addNode({ roles: ['chat'] }), server.addNode({ roles: ['worker'] })]);
});
afterAll(() => server.stop());

const open = (person: Person) => TestSocket.as(chat, person);
const requestFrames = ({ frames }: TestSocket) =>
  frames.filter((frame): frame is Frame<'request'> => frame.type === 'request');

async function ask(patient: Person, specialty: SpecialtyCode, urgency = 'routine'): Promise<string> {
  const body = { specialty, complaint: 'zebrafish-complaint', urgency };
  return (await patient.api('POST', '/requests', body)).body.id;
}

describe('a change of a request', () => {
  it('is told to the patient, to who has or had it, and while it is open to the doctors of the specialty who accept: to nobody else', async () => {
    const specialty = 'urology';
    const { people } = server;
    const [patient, taking, colleague, away, foreign, stranger, admin] = await Promise.all([
      people.patient(),
      people.doctor({ specialty }),
      people.doctor({ specialty }),
      people.doctor({ specialty }),
      people.doctor({ specialty: 'surgery' }),
      people.patient(),
      people.admin(),
    ]);
    await away.api('PATCH', '/me', { doctor: { acceptingRequests: false } });
    const sockets = {
      patient: await open(patient),
      taking: await open(taking),
      colleague: await open(colleague),
      away: await open(away),
      foreign: await open(foreign),
      stranger: await open(stranger),
      admin: await open(admin),
    };
    const id = await ask(patient, specialty);
    const hear = (who: (keyof typeof sockets)[], requestId: string, status: string, version: number) => {
      const matches = (frame: Frame<'request'>) =>
        frame.requestId === requestId && frame.status === status && frame.version === version;
      return Promise.all(who.map((name) => sockets[name].next('request', matches)));
    };
    await hear(['patient', 'taking', 'colleague'], id, 'submitted', 1);

    await taking.api('POST', `/requests/${id}/accept`);
    await hear(['patient', 'taking', 'colleague'], id, 'accepted', 2);

    const diagnosed = { title: 'Stone', description: 'A stone', recommendations: 'Water' };
    const other = await ask(patient, specialty);
    await taking.api('POST', `/requests/${other}/accept`);
    await taking.api('POST', `/requests/${other}/diagnoses`, diagnosed);
    await hear(['patient', 'taking'], other, 'diagnosed', 3);
    await sockets.colleague.settled();
    expect(requestFrames(sockets.colleague).filter(({ status }) => status === 'diagnosed')).toEqual([]);

    await taking.api('PATCH', '/me', { doctor: { acceptingRequests: false } });
    await taking.api('POST', `/requests/${id}/release`, { reason: 'zebrafish-reason' });
    const [told] = await hear(['patient', 'taking', 'colleague'], id, 'submitted', 3);
    expect(told).toEqual({ type: 'request', requestId: id, status: 'submitted', version: 3 });

    for (const name of ['away', 'foreign', 'stranger', 'admin'] as const) {
      await sockets[name].settled();
      expect([name, requestFrames(sockets[name])]).toEqual([name, []]);
    }
    expect(JSON.stringify(Object.values(sockets).map(({ frames }) => frames))).not.toContain('zebrafish');
    for (const socket of Object.values(sockets)) await socket.close();
  });

  it('is told as taken, and nothing more, to colleagues and to who lost it when they hear of it after the diagnosis', async () => {
    const specialty = 'rheumatology';
    const { people, ctx } = server;
    const [patient, former, taking, colleague] = await Promise.all([
      people.patient(),
      people.doctor({ specialty }),
      people.doctor({ specialty }),
      people.doctor({ specialty }),
    ]);
    const id = await ask(patient, specialty);
    await former.api('POST', `/requests/${id}/accept`);
    await former.api('POST', `/requests/${id}/release`, { reason: 'Holidays' });
    await taking.api('POST', `/requests/${id}/accept`);
    const diagnosed = { title: 'Gout', description: 'Gout', recommendations: 'Rest' };
    const { status } = await taking.api('POST', `/requests/${id}/diagnoses`, diagnosed);
    expect(status).toBe(201);
    const sockets = [await open(patient), await open(taking), await open(former), await open(colleague)];
    // As if both had come within one gathering.
    ctx.bus.publish(requestChanged, { requestId: id, queue: true });
    ctx.bus.publish(requestChanged, { requestId: id, queue: false });
    const told = await Promise.all(sockets.map((socket) => socket.next('request', ({ version }) => version >= 5)));
    expect(told.map((frame) => frame.status)).toEqual(['diagnosed', 'diagnosed', 'accepted', 'accepted']);
    for (const socket of sockets) await socket.settled();
    expect(sockets.slice(2).flatMap(requestFrames)).not.toContainEqual(
      expect.objectContaining({ status: 'diagnosed' }),
    );
    for (const socket of sockets) await socket.close();
  });

  it('is told to nobody whose approval was withdrawn', async () => {
    const [patient, doctor, admin] = await Promise.all([
      server.people.patient(),
      server.people.doctor({ specialty: 'nephrology' }),
      server.people.admin(),
    ]);
    const id = await ask(patient, 'nephrology');
    await doctor.api('POST', `/requests/${id}/accept`);
    const [his, hers] = [await open(doctor), await open(patient)];
    await admin.api('POST', `/admin/doctors/${doctor.id}/reject`, { reason: 'Papers' });
    await hers.next('request', ({ status }) => status === 'submitted');
    await his.closed;
    const again = await open(doctor);
    await ask(patient, 'nephrology');
    await hers.next('request', ({ requestId }) => requestId !== id);
    expect(requestFrames(again)).toEqual([]);
    for (const socket of [again, hers]) await socket.close();
  });
});

describe('a place in the queue', () => {
  it('is told anew to who waits behind, when somebody before leaves or a doctor of the specialty comes or goes', async () => {
    const specialty = 'geriatrics';
    const [first, second, elsewhere, doctor] = await Promise.all([
      server.people.patient(),
      server.people.patient(),
      server.people.patient(),
      server.people.doctor({ specialty }),
    ]);
    const before = await ask(first, specialty, 'urgent');
    const behind = await ask(second, specialty);
    const [hers, other] = [await open(second), await open(elsewhere)];
    await ask(elsewhere, 'dentistry');
    // Of what was said of the request itself, and of its place.
    for (let told = 0; told < 2; told += 1) await other.next('request');
    hers.frames.length = 0;
    await first.api('POST', `/requests/${before}/cancel`, {});
    expect(await hers.next('request')).toMatchObject({ requestId: behind, status: 'submitted', version: 1 });
    await doctor.api('PATCH', '/me', { doctor: { acceptingRequests: false } });
    expect(await hers.next('request')).toMatchObject({ requestId: behind, version: 1 });
    expect(requestFrames(other)).toHaveLength(2);
    for (const socket of [hers, other]) await socket.close();
  });
});

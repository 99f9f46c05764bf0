import { routes } from '@openward/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enableTotp, TestClock } from '../../../test/authenticator.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { refusalOf, TestSocket } from '../../modules/chat/test-support.ts';
import { newId } from '../id.ts';

const clock = new TestClock();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ overrides: { clock }, environment: { REQUIRE_MFA: 'doctor,admin' } });
});
afterAll(() => server.stop());

const ofRole = (role: 'doctor' | 'admin') =>
  [...routes.values()].filter(({ who }) => who !== 'anyone' && (who === 'logged-in' || who.includes(role)));

describe.each(['doctor', 'admin'] as const)('a %s without the second factor that the role needs', (role) => {
  it('gets at the way to one and at the own account, and at nothing else', async () => {
    const { api } = await server.people[role]();
    for (const { method, path } of ofRole(role)) {
      const { status, body } = await api(
        method,
        path.replace('{id}', newId()).replace('{seq}', '1'),
        method === 'GET' ? undefined : { zz: 1 },
      );
      const open = path.startsWith('/auth/') || path === '/me';
      if (!open) expect([method, path, status, body.code]).toEqual([method, path, 403, 'mfa-setup-required']);
      else if (method === 'GET') expect([path, status]).toEqual([path, 200]);
      else expect(body.code, path).not.toBe('mfa-setup-required');
    }
  });
});

describe('the need for a second factor', () => {
  it('is over once it is on, and back when it is off again', async () => {
    const doctor = await server.people.doctor();
    const authenticator = await enableTotp(doctor, clock);
    expect((await doctor.api('GET', '/requests')).status).toBe(200);
    const off = await doctor.api('DELETE', '/auth/mfa/totp', { password: doctor.password, code: authenticator.next() });
    expect(off.status).toBe(204);
    expect((await doctor.api('GET', '/requests')).body.code).toBe('mfa-setup-required');
  });

  it('closes the chat as well: no socket opens, and one that is open ends with the factor', async () => {
    const doctor = await server.people.doctor();
    const refused = await refusalOf(server.url, { bearer: doctor.accessToken });
    expect([refused.status, refused.body.code]).toEqual([403, 'mfa-setup-required']);
    const authenticator = await enableTotp(doctor, clock);
    const socket = await TestSocket.as(server, doctor);
    await doctor.api('DELETE', '/auth/mfa/totp', { password: doctor.password, code: authenticator.next() });
    expect((await socket.closed).code).toBe(4403);
  });

  it('does not concern other roles, nor what anyone may read', async () => {
    const [patient, { api }] = [await server.people.patient(), await server.people.doctor()];
    expect((await patient.api('GET', '/requests')).status).toBe(200);
    expect((await api('GET', '/specialties')).status).toBe(200);
  });

  it('tells the wrong role first that it is the wrong one', async () => {
    const { api } = await server.people.doctor();
    expect((await api('GET', '/admin/users')).body.code).toBe('forbidden');
  });
});

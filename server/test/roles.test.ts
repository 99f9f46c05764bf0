import { fileURLToPath } from 'node:url';
import { createClient } from '@openward/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { RunningNode } from '../src/start-node.ts';
import { runMain } from './command.ts';
import { cloneDatabases, eventually, startTestServer, type TestServer } from './harness.ts';
import { createApi } from './http.ts';

describe('roles started apart', () => {
  let server: TestServer;
  let chat: RunningNode;
  let worker: RunningNode;
  beforeAll(async () => {
    server = await startTestServer({ roles: ['api'] });
    chat = await server.addNode({ roles: ['chat'] });
    worker = await server.addNode({ roles: ['worker'] });
  });
  afterAll(() => server.stop());

  it('serve their own routes and nothing else; all serve health', async () => {
    const patient = await server.people.patient();
    const headers = { authorization: `Bearer ${patient.accessToken}` };
    const statuses = async (url: string) => {
      const api = createApi(url);
      const paths = ['/me', '/doctors', '/rooms', '//openapi.json', '//health/live', '//health/ready'];
      return Promise.all(paths.map(async (path) => (await api('GET', path, undefined, { headers })).status));
    };
    expect(await statuses(server.url)).toEqual([200, 200, 404, 200, 200, 200]);
    expect(await statuses(chat.url)).toEqual([404, 404, 200, 404, 200, 200]);
    expect(await statuses(worker.url)).toEqual([404, 404, 404, 404, 200, 200]);
  });

  it('together carry a request from the accept to the chat, and a ban to the open socket', async () => {
    const [patient, doctor, admin] = await Promise.all([
      server.people.patient(),
      server.people.doctor(),
      server.people.admin(),
    ]);
    const { body: request } = await patient.api('POST', '/requests', {
      doctorId: doctor.id,
      complaint: 'Cough',
      urgency: 'routine',
    });
    const socket = createClient({ baseUrl: chat.url, tokens: doctor }).connectChat();
    await socket.opened();
    const joined = socket.next('room', ({ roomId }) => roomId === request.id, AbortSignal.timeout(2000));
    await doctor.api('POST', `/requests/${request.id}/accept`);
    expect(await joined).toMatchObject({ status: 'open' });
    const heard = socket.next('message', ({ roomId }) => roomId === request.id, AbortSignal.timeout(2000));
    const hers = createApi(chat.url, { authorization: `Bearer ${patient.accessToken}` });
    await hers('POST', `/rooms/${request.id}/messages`, { clientId: 'one', text: 'Hello' });
    expect(await heard).toMatchObject({ seq: 1, text: 'Hello', senderId: patient.id });
    const closed = socket.next('state', ({ state }) => state === 'closed', AbortSignal.timeout(2000));
    await admin.api('POST', `/admin/users/${doctor.id}/ban`, { reason: 'Test', durationMinutes: 5 });
    await closed;
    await eventually('the mail from the worker', () => server.mailbox.mails.some((mail) => mail.to === doctor.email));
  });
});

describe('a process of one role', () => {
  const program = fileURLToPath(new URL('./loaded-files.ts', import.meta.url));

  /** Alone on databases of its own: whatever is connected there is its. */
  async function start(
    role: string,
    awaited: string[],
  ): Promise<{ ready: number; loaded: string[]; connections: string[] }> {
    const { main, chat } = await cloneDatabases();
    const settings = { NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'silent', BCRYPT_COST: '4' };
    const places = { DATABASE_URL: main, CHAT_DATABASE_URL: chat, KEYS_DIR: inject('keysDir') };
    const run = runMain([role, awaited.join(',')], { ...settings, ...places }, program);
    expect(await run.ended, run.output()).toBe(0);
    return JSON.parse(run.output());
  }

  /** What is done in the background; the queues are for all who send. */
  const work = ['/jobs.ts', 'platform-jobs.ts', 'measure-jobs.ts'];

  it.each([
    ['api', ['modules/chat/routes.ts', 'modules/chat/socket/', ...work], ['bus', 'jobs', 'main']],
    ['chat', ['/routes.ts', 'modules/people/', 'pages/', ...work], ['bus', 'chat', 'jobs', 'main']],
    ['worker', ['/routes.ts', 'modules/chat/socket/', 'pages/'], ['chat', 'jobs', 'main']],
  ])("%s loads none of the others' code, and has the connections that it needs", async (role, foreign, needed) => {
    const names = needed.map((name) => `openward-${name}`);
    const { ready, loaded, connections } = await start(role, names);
    expect(ready).toBe(200);
    const own = role === 'chat' ? ['modules/chat/routes.ts'] : ['platform/jobs/jobs.ts'];
    const isForeign = (file: string) =>
      foreign.some((part) => file.includes(part)) && !own.includes(file) && file !== 'platform/jobs/jobs.ts';
    expect(loaded.length).toBeGreaterThan(50);
    expect(loaded.filter(isForeign)).toEqual([]);
    expect(connections).toEqual(names);
  });
});

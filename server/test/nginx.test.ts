import { request } from 'node:https';
import { createClient, type Openward } from '@openward/client';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import type { RunningNode } from '../src/start-node.ts';
import { type RunningCommand, runMain } from './command.ts';
import { countOf } from './database.ts';
import { goodPassword } from './factories.ts';
import { eventually, startTestServer, type TestServer } from './harness.ts';
import { needsNginx, startNginx, type TestNginx } from './nginx.ts';
import { startProxyTo, type TestProxy } from './proxy.ts';
import { freePort } from './redis.ts';
import { scrape, sumOf } from './scrape.ts';

/**
 * The product as it is run on many machines: two nodes of each role, those of api and chat behind nginx with TLS. The ways from nginx to the
 * api nodes can be cut; one chat node is a process that can be killed.
 */
describe.runIf(needsNginx('nginx.test.ts'))('six nodes, two of each role, behind nginx', () => {
  let server: TestServer;
  let nginx: TestNginx;
  let ways: [TestProxy, TestProxy];
  let chat: RunningNode;
  let child: RunningCommand;
  let metrics: { chat: number; child: number };
  let patient: Openward;
  let doctor: Openward;
  beforeAll(async () => {
    const ports = { port: await freePort(), httpPort: await freePort() };
    const publicUrl = `https://localhost:${ports.port}`;
    metrics = { chat: await freePort(), child: await freePort() };
    server = await startTestServer({
      roles: ['api'],
      environment: { PUBLIC_URL: publicUrl },
      // Of each of the two api nodes, which are asked in turn.
      limits: { 'register.address': { points: 2, windowS: 60 } },
    });
    const api = await server.addNode({ roles: ['api'] });
    chat = await server.addNode({ roles: ['chat'], environment: { METRICS_PORT: `${metrics.chat}` } });
    for (let worker = 1; worker <= 2; worker += 1) await server.addNode({ roles: ['worker'] });
    child = await startChild(server, publicUrl, metrics.child);
    ways = [await startProxyTo(server.url), await startProxyTo(api.url)];
    const [, childUrl = ''] = await child.says(/listen(?:s on|ing at) (http:[^\s"]+)/);
    nginx = await startNginx({
      ...ports,
      api: ways.map(({ url }) => url),
      chat: [chat.url, childUrl],
      forgetful: true,
    });
    [patient, doctor] = await Promise.all([
      clientOf(await server.people.patient()),
      clientOf(await server.people.doctor()),
    ]);
  });
  afterAll(async () => {
    child.process.kill('SIGKILL');
    await child.ended;
    await nginx.stop();
    await Promise.all(ways.map((way) => way.stop()));
    await server.stop();
  });

  async function clientOf(tokens: { accessToken: string; refreshToken: string }): Promise<Openward> {
    return createClient({ baseUrl: nginx.url, tokens });
  }

  async function openRoom(): Promise<string> {
    const { id: doctorId } = await doctor.getMe();
    const { id } = await patient.submitRequest({ doctorId, complaint: 'A cough.', urgency: 'routine' });
    await doctor.acceptRequest({ id });
    await eventually('the room', async () => (await patient.getRequest({ id })).roomId);
    return id;
  }

  it('carry a request from the registration to the rating, by the client, over TLS', async () => {
    const email = 'through.nginx@example.org';
    const newcomer = createClient({ baseUrl: nginx.url });
    await newcomer.register({ email, password: goodPassword, fullName: 'Nora Nimbus', role: 'patient' });
    const mail = await server.mailbox.waitFor(email, 'address');
    expect(mail.text).toContain(`${nginx.url}/verify-email#token=`);
    await newcomer.verifyEmail({ token: server.mailbox.tokenIn(mail) });
    await newcomer.login({ email, password: goodPassword });
    const { id: doctorId } = await doctor.getMe();
    const { id } = await newcomer.submitRequest({ doctorId, complaint: 'A cough.', urgency: 'routine' });
    await doctor.acceptRequest({ id });
    await eventually('the room', async () => (await newcomer.getRequest({ id })).roomId);
    using hers = newcomer.connectChat();
    using his = doctor.connectChat();
    await Promise.all([hers.opened(), his.opened()]);
    const heard = his.next('message', ({ text }) => text === 'Good morning', AbortSignal.timeout(5000));
    await hers.send(id, 'Good morning');
    await heard;
    const file = new Blob([`%PDF-1.7\n${'x'.repeat(300_000)}\n%%EOF`], { type: 'application/pdf' });
    const { id: attachmentId } = await newcomer.uploadAttachment({ id, name: 'letter.pdf', file });
    await hers.send(id, 'The letter', { attachmentIds: [attachmentId] });
    expect((await doctor.openAttachment({ id, attachmentId })).size).toBe(file.size);
    await doctor.addDiagnosis({ id, title: 'Cold', description: 'A cold', recommendations: 'Tea' });
    await newcomer.rateRequest({ id, stars: 5 });
    expect((await newcomer.getRequest({ id })).status).toBe('diagnosed');
  });

  it('share the sockets: each new one goes where the fewest are', async () => {
    const chats = Array.from({ length: 10 }, () => patient.connectChat());
    await Promise.all(chats.map((one) => one.opened()));
    const open = async (port: number) => sumOf((await scrape(port)).samples, 'openward_chat_sockets') ?? 0;
    await eventually('both have as many', async () => {
      const counts = await Promise.all([open(metrics.chat), open(metrics.child)]);
      return counts.every((count) => count >= 4 && count <= 6);
    });
    for (const one of chats) one.close();
    await eventually('none is left', async () => (await open(metrics.chat)) + (await open(metrics.child)) === 0);
  });

  it('believe the address that nginx saw, for limits and for what is written down, whatever a caller claims', async () => {
    const register = async (n: number, localAddress: string) =>
      post(
        nginx.port,
        '/api/v1/auth/register',
        localAddress,
        { 'x-forwarded-for': `203.0.113.${n}`, 'x-real-ip': `203.0.113.${n}` },
        {
          email: `spoofed.${n}@example.org`,
          password: goodPassword,
          fullName: 'Sam Spoof',
          role: 'patient',
        },
      );
    const statuses: number[] = [];
    for (let n = 1; n <= 6; n += 1) statuses.push((await register(n, '127.0.0.21')).status);
    // Four in a window and no more, although each says that it comes from elsewhere; who really does is free.
    expect(statuses).toEqual([202, 202, 202, 202, 429, 429]);
    expect((await register(7, '127.0.0.22')).status).toBe(202);
    const person = await server.people.patient();
    const { status, body } = await post(
      nginx.port,
      '/api/v1/auth/tokens',
      '127.0.0.23',
      { 'x-forwarded-for': '203.0.113.9' },
      { email: person.email, password: goodPassword },
    );
    expect(status).toBe(200);
    const { accessToken, session } = JSON.parse(body);
    const headers = { authorization: `Bearer ${accessToken}` };
    const { body: sessions } = await server.api('GET', '/auth/sessions', undefined, { headers });
    expect(sessions.items.find(({ id }: { id: string }) => id === session.id).ip).toBe('127.0.0.23');
    await post(
      nginx.port,
      '/api/v1/auth/tokens',
      '127.0.0.24',
      { 'x-forwarded-for': '203.0.113.9' },
      { email: person.email, password: 'wrong' },
    );
    const found = await eventually('the event', async () => {
      const { rows } = await server.ctx.db.execute<{ ip: string }>(
        sql`SELECT ip FROM security_events WHERE account_id = ${person.id} AND kind = 'login-failed'`,
      );
      return rows[0];
    });
    expect(found.ip).toBe('127.0.0.24');
  });

  it('go on when an api node is gone: every call is answered, none is done twice, and once it is back it is asked again', async () => {
    const environment = { PORT: `${await freePort()}`, METRICS_PORT: `${await freePort()}` };
    const third = await server.addNode({ roles: ['api'], environment });
    const ports = { port: await freePort(), httpPort: await freePort() };
    const other = await startNginx({ ...ports, api: [server.url, third.url], chat: [chat.url], forgetful: true });
    onTestFinished(() => other.stop());
    const { accessToken = '', refreshToken = '' } = patient.tokens ?? {};
    const hers = createClient({ baseUrl: other.url, tokens: { accessToken, refreshToken }, retries: 0 });
    const { id: doctorId } = await doctor.getMe();
    const before = await requestsOf(server);
    const calls = async () => {
      for (let n = 0; n < 5; n += 1) {
        await hers.getMe();
        await hers.submitRequest({ doctorId, complaint: `While it comes and goes ${n}`, urgency: 'routine' });
      }
    };
    await calls();
    await third.stop();
    await calls();
    await server.addNode({ roles: ['api'], environment });
    await eventually('it is asked again', async () => {
      await hers.getMe();
      const { samples } = await scrape(Number(environment.METRICS_PORT));
      return sumOf(samples, 'openward_http_request_duration_seconds_count', { route: '/api/v1/me' });
    });
    expect((await requestsOf(server)) - before).toBe(10);
  });

  it('do a call once whose answer was lost: what reads is asked of the other node, what changes something is not', async () => {
    const { id: doctorId } = await doctor.getMe();
    const before = await requestsOf(server);
    const loseFirst = (isOne: (answer: string) => boolean) => {
      let lost = 0;
      for (const way of ways) way.loseAnswers((answer) => isOne(answer.toString('latin1')) && lost++ === 0);
      return () => lost;
    };
    const lostReads = loseFirst(() => true);
    const tokens = patient.tokens ?? { accessToken: '', refreshToken: '' };
    const reading = createClient({ baseUrl: nginx.url, tokens, retries: 0 });
    expect((await reading.getMe()).role).toBe('patient');
    expect(lostReads()).toBeGreaterThan(0);

    const isCreated = (answer: string) => answer.startsWith('HTTP/1.1 201');
    loseFirst(isCreated);
    const lost = patient.submitRequest({ doctorId, complaint: 'Is it there?', urgency: 'routine' });
    await expect(lost).rejects.toMatchObject({
      status: 502,
      code: 'unavailable',
      requestId: expect.stringMatching(/^[-0-9a-f]{36}$/),
    });
    expect((await requestsOf(server)) - before).toBe(1);

    // With a key the client may ask again, and finds the one that is there.
    const lostCreations = loseFirst(isCreated);
    const idempotencyKey = crypto.randomUUID();
    await patient.submitRequest({ doctorId, complaint: 'Once', urgency: 'routine' }, { idempotencyKey });
    expect([lostCreations(), (await requestsOf(server)) - before]).toEqual([2, 2]);
    for (const way of ways) way.loseAnswers(null);
  });

  it('lose no message when a chat node is killed: its clients are on the other at once, and each message comes once', async () => {
    const roomId = await openRoom();
    const senders = Array.from({ length: 4 }, () => patient.connectChat());
    using his = doctor.connectChat();
    using alsoHis = doctor.connectChat();
    await Promise.all([...senders, his, alsoHis].map((one) => one.opened()));
    const heard: string[][] = [[], []];
    his.on('message', ({ roomId: of, text }) => void (of === roomId && heard[0]?.push(text ?? '')));
    alsoHis.on('message', ({ roomId: of, text }) => void (of === roomId && heard[1]?.push(text ?? '')));
    const sent: Promise<unknown>[] = [];
    const say = (n: number) => void sent.push(...senders.map((one, index) => one.send(roomId, `${index}: ${n}`)));
    for (let n = 0; n < 10; n += 1) say(n);
    child.process.kill('SIGKILL');
    await child.ended;
    for (let n = 10; n < 20; n += 1) say(n);
    const acks = (await Promise.all(sent)) as { seq: number }[];
    expect(acks.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 80 }, (_, index) => index + 1),
    );
    await eventually('both have heard all', () => heard.every((texts) => texts.length >= 80));
    for (const texts of heard) expect([texts.length, new Set(texts).size]).toEqual([80, 80]);
    const { headSeq } = await patient.listMessages({ id: roomId, after: 0 });
    expect(headSeq).toBe(80);
    for (const one of senders) one.close();
  });
});

async function startChild(server: TestServer, publicUrl: string, metricsPort: number): Promise<RunningCommand> {
  return runMain(['start', '--roles', 'chat'], {
    NODE_ENV: 'test',
    PORT: `${await freePort()}`,
    METRICS_PORT: `${metricsPort}`,
    PUBLIC_URL: publicUrl,
    DATABASE_URL: server.urls.main,
    CHAT_DATABASE_URL: server.urls.chat,
    KEYS_DIR: inject('keysDir'),
    DATA_DIR: server.config.dataDir,
    SMTP_URL: server.mailbox.url,
    TRUST_PROXY: '127.0.0.1',
    LOG_LEVEL: 'info',
  });
}

function requestsOf({ ctx }: TestServer): Promise<number> {
  return countOf(ctx, sql`SELECT count(*) AS n FROM care_requests`);
}

/** A call from an address of its own, with headers that it makes up. */
function post(
  port: number,
  path: string,
  localAddress: string,
  headers: Record<string, string>,
  body: object,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        servername: 'localhost',
        port,
        path,
        localAddress,
        method: 'POST',
        headers: { host: 'localhost', 'content-type': 'application/json', ...headers },
      },
      (reply) => {
        let text = '';
        reply.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        reply.once('end', () => resolve({ status: reply.statusCode ?? 0, body: text }));
      },
    );
    sent.once('error', reject).end(JSON.stringify(body));
  });
}

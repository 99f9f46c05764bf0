import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@openward/client';
import { subprotocol } from '@openward/contracts';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { WebSocket } from 'ws';
import { FrameOrigin } from '../src/modules/chat/socket/frame-origin.ts';
import { openRoom, submitTo } from '../src/modules/chat/test-support.ts';
import { Trace } from '../src/platform/tracing/trace.ts';
import type { RunningNode } from '../src/start-node.ts';
import { type CollectedSpan, type Collector, startCollector } from './collector.ts';
import { runMain } from './command.ts';
import { cloneDatabases, eventually, startTestServer, type TestServer } from './harness.ts';

type Line = Record<string, unknown> & { msg: string };

let lines: Line[];
let collector: Collector;
let server: TestServer;
let other: RunningNode;
beforeAll(async () => {
  lines = [];
  collector = await startCollector();
  const log = pino({ level: 'debug', base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  server = await startTestServer({ environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, log });
  other = await server.addNode({ roles: ['chat'] });
});
afterAll(async () => {
  await server.stop();
  await collector.stop();
});

/** A traceparent of a caller who records, as another service would send it. */
function caller() {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01` } };
}

const inTrace = (traceId: string, name: string) => (span: CollectedSpan) =>
  span.traceId === traceId && span.name === name;

describe('one trace', () => {
  it('goes from a call over its statements and jobs to the mail, with ids in every log line and nobody in it', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), server.people.doctor()]);
    const id = await submitTo(patient, doctor);
    const { traceId, spanId, headers } = caller();
    const reply = await doctor.api('POST', `/requests/${id}/accept`, undefined, { headers });
    expect(reply.status).toBe(200);
    const mail = await collector.waitFor('the mail', inTrace(traceId, 'send mail'));
    const room = await collector.waitFor('the room', inTrace(traceId, 'process chat.sync-room'));
    const accept = await collector.waitFor('the call', inTrace(traceId, 'POST /api/v1/requests/:id/accept'));
    const update = await collector.waitFor('a statement', inTrace(traceId, 'UPDATE care_requests'));
    const job = await collector.waitFor('the job', inTrace(traceId, 'process mail.send'));
    expect(accept).toMatchObject({ kind: 2, parentSpanId: spanId });
    expect(accept.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/api/v1/requests/:id/accept',
      'http.response.status_code': 200,
      'url.scheme': 'http',
      'openward.request.id': reply.headers.get('x-request-id'),
    });
    expect(reply.headers.get('traceparent')).toBe(`00-${traceId}-${accept.spanId}-01`);
    expect([update.parentSpanId, room.parentSpanId, job.parentSpanId]).toEqual(Array(3).fill(accept.spanId));
    expect(update.attributes).toEqual({
      'db.system.name': 'postgresql',
      'db.namespace': 'main',
      'db.operation.name': 'UPDATE',
      'db.collection.name': 'care_requests',
    });
    expect(mail.parentSpanId).toBe(job.spanId);

    const requestId = reply.headers.get('x-request-id');
    await eventually(
      'the jobs are done',
      () => lines.filter((line) => line.msg === 'job done' && line['traceId'] === traceId).length >= 2,
    );
    const own = lines.filter((line) => line['traceId'] === traceId);
    expect(own.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['request', 'job done']));
    for (const line of own) expect(line['requestId']).toBe(requestId);

    const sent = collector.bodies.join();
    for (const person of [patient, doctor]) {
      for (const secret of [person.id, person.email, person.accessToken]) expect(sent).not.toContain(secret);
    }
    expect(sent).not.toMatch(/knee|Monday|\$1|127\.0\.0\.1/);
  });

  it('goes from a message sent over HTTP over the bus to the other node', async () => {
    const pair = await openRoom(server);
    const socket = createClient({ baseUrl: other.url, tokens: pair.doctor }).connectChat();
    await socket.opened();
    const heard = socket.next('message', ({ roomId }) => roomId === pair.roomId, AbortSignal.timeout(5000));
    const { traceId, headers } = caller();
    const body = { clientId: randomUUID(), text: 'A pain in the other knee.' };
    await pair.patient.api('POST', `/rooms/${pair.roomId}/messages`, body, { headers });
    await heard;
    const call = await collector.waitFor('the call', inTrace(traceId, 'POST /api/v1/rooms/:id/messages'));
    const written = await collector.waitFor('the write', inTrace(traceId, 'write messages'));
    const news = await collector.waitFor(
      'the news on the other node',
      (span) => span.instance !== call.instance && inTrace(traceId, 'process chat.messages-appended')(span),
    );
    expect([written.parentSpanId, news.parentSpanId]).toEqual([call.spanId, call.spanId]);
    await socket.close();
  });

  it('of a frame begins with it, linked to the upgrade', async () => {
    const pair = await openRoom(server);
    await pair.patient.api('POST', `/rooms/${pair.roomId}/messages`, { clientId: 'first', text: 'Hello.' });
    const before = collector.spans.length;
    const socket = createClient({ baseUrl: server.url, tokens: pair.doctor }).connectChat();
    await socket.opened();
    await socket.send(pair.roomId, 'Since when?');
    const frame = await collector.waitFor(
      'the frame',
      (span) => collector.spans.indexOf(span) >= before && span.name === 'socket send',
    );
    const upgrade = await collector.waitFor('the upgrade', ({ spanId }) => spanId === frame.links[0]?.spanId);
    expect([upgrade.name, upgrade.attributes['http.response.status_code']]).toEqual(['GET /api/v1/chat/socket', 101]);
    expect([frame.parentSpanId, frame.kind, frame.traceId === upgrade.traceId]).toEqual([undefined, 2, false]);
    expect(frame.attributes['openward.request.id']).toMatch(
      new RegExp(`^${String(upgrade.attributes['openward.request.id'])}/\\d+$`),
    );
    await collector.waitFor(
      'the statement',
      ({ traceId, name }) => traceId === frame.traceId && name.includes('messages'),
    );
    await socket.close();
  });

  it('that comes with the upgrade of a socket is continued by its frames, which have numbers in the audit', async () => {
    const pair = await openRoom(server);
    await pair.patient.api('POST', `/rooms/${pair.roomId}/messages`, { clientId: 'first', text: 'Hello.' });
    const { traceId, headers } = caller();
    const url = new URL('/api/v1/chat/socket', server.url.replace('http', 'ws'));
    const socket = new WebSocket(url, subprotocol, {
      headers: { ...headers, authorization: `Bearer ${pair.doctor.accessToken}` },
    });
    socket.once('message', () =>
      socket.send(JSON.stringify({ type: 'resume', rooms: [{ roomId: pair.roomId, afterSeq: 0 }] })),
    );
    const frame = await collector.waitFor('the frame', inTrace(traceId, 'socket resume'));
    const upgrade = await collector.waitFor('the upgrade', inTrace(traceId, 'GET /api/v1/chat/socket'));
    expect(frame.parentSpanId).toBe(upgrade.spanId);
    const admin = await server.people.admin();
    const { body } = await admin.api('GET', `/admin/audit?subjectId=${pair.roomId}&actorId=${pair.doctor.id}`);
    const requestIds = body.items.map(({ requestId }: { requestId: string }) => requestId);
    expect(requestIds).toContain(`${String(upgrade.attributes['openward.request.id'])}/1`);
    socket.terminate();
  });

  it('is a new one for a call whose traceparent is garbage', async () => {
    const traceparent = `00-${'0'.repeat(32)}-b7ad6b7169203331-01`;
    const { status, headers } = await server.api('GET', '/specialties', undefined, { headers: { traceparent } });
    expect([status, headers.get('traceparent')]).toEqual([200, null]);
    const id = headers.get('x-request-id');
    await eventually('its line', () => lines.some((line) => line['requestId'] === id && line.msg === 'request'));
    expect(lines.find((line) => line['requestId'] === id)?.['traceId']).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
  });
});

describe('without a collector', () => {
  let quiet: Line[];
  let plain: TestServer;
  beforeAll(async () => {
    quiet = [];
    const log = pino({ level: 'debug', base: null }, { write: (line: string) => void quiet.push(JSON.parse(line)) });
    plain = await startTestServer({ log });
  });
  afterAll(() => plain.stop());

  it('logs of a call and of its jobs carry the trace that came in', async () => {
    const { traceId, headers } = caller();
    const doctor = await plain.people.doctor();
    await plain.api('POST', '/auth/forgot-password', { email: doctor.email }, { headers });
    await eventually('the mail is sent', () => quiet.some(({ msg, job }) => msg === 'job done' && job === 'mail.send'));
    for (const message of ['request', 'job done'])
      expect(quiet.find(({ msg, ...line }) => msg === message && line['traceId'] === traceId)).toBeDefined();
  });

  it('each frame of a socket has ids of its own in the log, in the trace that came with the upgrade if one did', async () => {
    const { traceId } = caller();
    const upgrade = { requestId: 'upgrade', ip: null, userAgent: null, trace: new Trace({ traceId }) };
    for (const continued of [true, false]) {
      const origin = new FrameOrigin(plain.ctx, upgrade, continued);
      const ctx = plain.ctx.as(null, origin);
      for (const say of ['one', 'two']) await origin.handle(ctx, 'send', async () => ctx.log.info(say));
      const [one, two] = ['one', 'two'].map((say) => quiet.findLast(({ msg }) => msg === say));
      expect([one?.['requestId'], two?.['requestId']]).toEqual(['upgrade/1', 'upgrade/2']);
      expect([one, two].map((line) => line?.['traceId'] === traceId)).toEqual([continued, continued]);
      expect(one?.['traceId'] === two?.['traceId']).toBe(continued);
    }
  });

  it('neither SDK nor exporter of OpenTelemetry is loaded', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openward-modules-'));
    const urls = await cloneDatabases();
    const environment = {
      NODE_ENV: 'test',
      PORT: '0',
      DATABASE_URL: urls.main,
      CHAT_DATABASE_URL: urls.chat,
      KEYS_DIR: inject('keysDir'),
      DATA_DIR: folder,
      LOG_LEVEL: 'silent',
    };
    const program = join(import.meta.dirname, 'loaded-modules.ts');
    const loadedWith = async (more: Record<string, string>) => {
      const child = runMain([], { ...environment, ...more }, program);
      const [, packages = ''] = await child.says(/loaded: (.*)\./);
      await child.ended;
      return packages.split(',');
    };
    // Its types and constants come with prom-client, whether anybody traces or not. They do nothing by themselves.
    expect(await loadedWith({})).toEqual(['api']);
    const exporting = await loadedWith({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    expect(exporting).toEqual(expect.arrayContaining(['sdk-trace', 'exporter-trace-otlp-http']));
    await rm(folder, { recursive: true, force: true });
  });
});

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openRoom, type Pair, TestSocket } from '../src/modules/chat/test-support.ts';
import { openPool } from '../src/platform/database/connect.ts';
import { createMetrics } from '../src/platform/metrics.ts';
import type { RunningNode } from '../src/start-node.ts';
import { jobsAreDone } from './database.ts';
import { eventually, silentLog, startTestServer, type TestServer } from './harness.ts';
import { freePort } from './redis.ts';
import { type Sample, scrape, sumOf } from './scrape.ts';

const folder = fileURLToPath(new URL('../../deploy/observability/', import.meta.url));
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

let server: TestServer;
let other: RunningNode;
let ports: { first: number; other: number };
beforeAll(async () => {
  ports = { first: await freePort(), other: await freePort() };
  server = await startTestServer({ environment: { METRICS_PORT: `${ports.first}` } });
  other = await server.addNode({ roles: ['chat'], environment: { METRICS_PORT: `${ports.other}` } });
});
afterAll(() => server.stop());

describe('the metrics of two nodes, after a chat between them,', () => {
  let pair: Pair;
  let first: Sample[];
  let text: string;
  let second: Sample[];
  beforeAll(async () => {
    pair = await openRoom(server);
    const sending = await TestSocket.as(server, pair.patient);
    const hearing = await TestSocket.open(other.url, { bearer: pair.doctor.accessToken });
    // Once it is live, what comes is not part of its start.
    hearing.raw('no frame');
    await hearing.next('error');
    await sending.say(pair.roomId, 'Good morning');
    await hearing.next('message');
    await server.api('POST', '/auth/forgot-password', { email: pair.patient.email });
    await server.api('GET', `/no-such-route/${pair.roomId}`);
    const admin = await server.people.admin();
    const banned = await server.people.patient();
    await admin.api('POST', `/admin/users/${banned.id}/ban`, { reason: 'Test', durationMinutes: null });
    const forgiven = await server.people.patient();
    await admin.api('POST', `/admin/users/${forgiven.id}/ban`, { reason: 'Test', durationMinutes: null });
    await admin.api('DELETE', `/admin/users/${forgiven.id}/ban`);
    await jobsAreDone(server.ctx);
    ({ samples: first, text } = await scrape(ports.first));
    ({ samples: second } = await scrape(ports.other));
    await Promise.all([sending.close(), hearing.close()]);
  });

  it('count calls by method, route and status, with their time; what is no route is one', () => {
    const calls = (labels: Record<string, string>) =>
      sumOf(first, 'openward_http_request_duration_seconds_count', labels);
    expect(calls({ method: 'POST', route: '/api/v1/requests/:id/accept', status: '200' })).toBe(1);
    expect(calls({ route: 'unknown', status: '404' })).toBe(1);
  });

  it('count frames each way by type, acks, groups and open sockets', () => {
    expect(sumOf(first, 'openward_chat_frames_received_total', { type: 'send' })).toBe(1);
    expect(sumOf(first, 'openward_chat_frames_sent_total', { type: 'ready' })).toBe(1);
    expect(sumOf(first, 'openward_chat_frames_sent_total', { type: 'ack' })).toBe(1);
    expect(sumOf(second, 'openward_chat_frames_received_total', { type: 'invalid' })).toBe(1);
    expect(sumOf(second, 'openward_chat_frames_sent_total', { type: 'message' })).toBe(1);
    expect(sumOf(first, 'openward_chat_ack_seconds_count')).toBe(1);
    expect(sumOf(first, 'openward_chat_group_messages_sum')).toBe(1);
    expect(sumOf(first, 'openward_chat_write_seconds_count')).toBe(1);
    expect(sumOf(first, 'openward_chat_sockets')).toBe(1);
  });

  it('time how late a message is written to a socket of another node', () => {
    expect(sumOf(second, 'openward_chat_fanout_seconds_count')).toBe(1);
    expect(sumOf(second, 'openward_chat_fanout_seconds_sum')).toBeGreaterThanOrEqual(0);
    expect(sumOf(second, 'openward_chat_fanout_seconds_sum')).toBeLessThan(5);
    // Nobody of the first node heard it from elsewhere.
    expect(sumOf(first, 'openward_chat_fanout_seconds_count')).toBe(0);
  });

  it('count jobs and mails by kind and outcome, and say what waits', () => {
    const sent = sumOf(first, 'openward_mails_total', { result: 'sent' });
    expect(sent).toBe(server.mailbox.mails.length);
    expect(sumOf(first, 'openward_job_duration_seconds_count', { queue: 'mail.send', outcome: 'done' })).toBe(sent);
    expect(sumOf(first, 'openward_jobs', { queue: 'mail.send', state: 'due' })).toBe(0);
    expect(sumOf(first, 'openward_jobs_oldest_seconds', { queue: 'mail.send' })).toBe(0);
  });

  it('say how many sessions go on and how many bans run, on a worker alone', async () => {
    const { rows } = await server.ctx.db.execute<{ n: number }>(
      sql`SELECT count(*)::int AS n FROM sessions WHERE ended_at IS NULL`,
    );
    expect(sumOf(first, 'openward_sessions_live')).toBe(rows[0]?.n);
    expect(sumOf(first, 'openward_bans_running')).toBe(1);
    expect(sumOf(second, 'openward_sessions_live')).toBeNull();
  });

  it('have labels of few values, and of nobody', () => {
    const values = new Set([...first, ...second].flatMap(({ labels }) => Object.values(labels)));
    for (const value of values) {
      expect(value).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}|@|127\.0\.0\.1/);
      expect(value.length).toBeLessThan(80);
    }
    for (const { accessToken, fullName } of [pair.patient, pair.doctor]) {
      expect(text).not.toContain(accessToken);
      expect(text).not.toContain(fullName);
    }
  });

  it.runIf(hasPromtool)('are written as Prometheus wants them', () => {
    const { stdout, stderr, status } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    const ours = `${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('openward_'));
    expect([ours, status === 1]).toEqual([[], false]);
  });

  describe('have everything that', () => {
    const dashboard = parse(readFileSync(`${folder}dashboard.json`, 'utf8'));
    const rules = parse(readFileSync(`${folder}alerts.yaml`, 'utf8'));
    const known = () => {
      const labels = new Map<string, Set<string>>();
      for (const sample of [...first, ...second]) {
        const names = labels.get(sample.name) ?? new Set(['job', 'instance']);
        for (const name of Object.keys(sample.labels)) names.add(name);
        labels.set(sample.name, names);
      }
      // Without a sample until they are counted for the first time, as anywhere.
      for (const [, name] of text.matchAll(/^# TYPE (\w+) /gm))
        if (name !== undefined) labels.get(name) ?? labels.set(name, new Set());
      return labels;
    };
    const namesIn = (expression: string) => [...expression.matchAll(/\b(?:openward|nodejs|process)_\w+/g)].map(String);

    it('the dashboard draws', () => {
      const expressions: string[] = dashboard.panels.flatMap(({ targets = [] }: { targets?: { expr: string }[] }) =>
        targets.map(({ expr }) => expr),
      );
      expect(expressions.length).toBeGreaterThan(30);
      const names = known();
      expect(expressions.flatMap(namesIn).filter((name) => !names.has(name))).toEqual([]);
      const drawn = new Set(expressions.flatMap(namesIn).map((name) => name.replace(/_(bucket|sum|count)$/, '')));
      const ours = new Set([...text.matchAll(/^# TYPE (openward_\w+) /gm)].map(([, name]) => name));
      expect([...ours].filter((name) => name !== undefined && !drawn.has(name))).toEqual([]);
    });

    it('the alerts ask for, and each says what to do', () => {
      const names = known();
      for (const { alert, expr, annotations } of rules.groups[0].rules) {
        expect(namesIn(expr).filter((name) => !names.has(name))).toEqual([]);
        expect([alert, annotations.summary, annotations.do]).toEqual([
          expect.stringMatching(/^Openward/),
          expect.any(String),
          expect.any(String),
        ]);
      }
    });

    it('the alerts and the dashboard ask for labels that these have', () => {
      const names = known();
      const expressions: string[] = [
        ...rules.groups[0].rules.map(({ expr }: { expr: string }) => expr),
        ...dashboard.panels.flatMap(({ targets = [] }: { targets?: { expr: string }[] }) =>
          targets.map(({ expr }) => expr),
        ),
      ];
      const asked = expressions.flatMap((expression) =>
        [...expression.matchAll(/\b((?:openward|nodejs|process)_\w+)\{([^}]*)\}/g)].flatMap(
          ([, name = '', inside = '']) =>
            [...inside.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => ({ name, label })),
        ),
      );
      expect(asked.length).toBeGreaterThan(50);
      // Of what has not been counted yet nothing is known but its name.
      const hasSamples = (name: string) => (names.get(name)?.size ?? 0) > 0;
      expect(asked.filter(({ name, label }) => hasSamples(name) && names.get(name)?.has(label) !== true)).toEqual([]);
    });

    it('the expressions put braces, brackets and quotes in pairs', () => {
      const expressions = [
        ...rules.groups[0].rules.map(({ expr }: { expr: string }) => expr),
        ...dashboard.panels.flatMap(({ targets = [] }: { targets?: { expr: string }[] }) =>
          targets.map(({ expr }) => expr),
        ),
      ];
      for (const expression of expressions) {
        const bare = expression.replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
        expect(bare).not.toContain('"');
        for (const pair of ['()', '{}', '[]'])
          expect([expression, bare.split(pair[0] ?? '').length]).toEqual([
            expression,
            bare.split(pair[1] ?? '').length,
          ]);
      }
    });

    it.runIf(hasPromtool)('the alerts are rules to promtool', () => {
      const { status, stderr } = spawnSync('promtool', ['check', 'rules', `${folder}alerts.yaml`], {
        encoding: 'utf8',
      });
      expect([stderr, status]).toEqual(['', 0]);
    });
  });
});

it('a gauge that cannot be read is missing, and the others are told', async () => {
  const metrics = createMetrics();
  const port = await freePort();
  const stop = await metrics.listen('127.0.0.1', port);
  metrics.sockets.set(3);
  metrics.addReadings({
    gauges: { openward_test_one: { help: 'One.' }, openward_test_two: { help: 'Two.', labelNames: ['of'] } },
    read: () => Promise.reject(new Error('the database is away')),
  });
  const { samples } = await scrape(port);
  expect(sumOf(samples, 'openward_test_one')).toBeNull();
  expect(sumOf(samples, 'openward_test_two')).toBeNull();
  expect(sumOf(samples, 'openward_chat_sockets')).toBe(3);
  await stop();
});

it('who finds no connection idle is counted with the time of waiting, who finds one is not', async () => {
  const metrics = createMetrics();
  const port = await freePort();
  const stop = await metrics.listen('127.0.0.1', port);
  const { pool, close } = openPool({ url: server.urls.main, name: 'main', max: 1, log: silentLog, metrics });
  const count = async () => sumOf((await scrape(port)).samples, 'openward_database_pool_wait_seconds_count');
  await pool.query('SELECT 1');
  const made = await count();
  await pool.query('SELECT 1');
  expect([made, await count()]).toEqual([1, 1]);
  const held = await pool.connect();
  const waiting = pool.query('SELECT 1');
  await eventually('somebody waits', async () => {
    const { samples } = await scrape(port);
    return sumOf(samples, 'openward_database_connections', { database: 'main', state: 'waiting' }) === 1;
  });
  held.release();
  await waiting;
  expect(await count()).toBe(2);
  await close();
  await stop();
});

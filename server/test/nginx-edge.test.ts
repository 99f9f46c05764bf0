import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { Problem, routes } from '@openward/contracts';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { compileValidator } from '../src/platform/http/validation.ts';
import { type EchoServer, startEchoServer } from './echo-server.ts';
import { hasBrotli, needsNginx, startNginx, type TestNginx } from './nginx.ts';
import { replyIn, sendRaw, statusesIn } from './raw-http.ts';
import { freePort } from './redis.ts';

type Reply = { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer };

const isProblem = compileValidator(Problem, 'body');

describe.runIf(needsNginx('nginx-edge.test.ts'))('nginx before a node', () => {
  let api: EchoServer;
  let chat: EchoServer;
  let nginx: TestNginx;
  let portal: string;
  beforeAll(async () => {
    [api, chat] = await Promise.all([startEchoServer(), startEchoServer()]);
    portal = await buildPortal();
    const ports = { port: await freePort(), httpPort: await freePort() };
    nginx = await startNginx({ ...ports, api: [api.url], chat: [chat.url], portal, impatient: true });
  });
  afterAll(async () => {
    await Promise.all([nginx.stop(), api.stop(), chat.stop()]);
    await rm(portal, { recursive: true });
  });

  function call(path: string, { body, ...options }: RequestOptions & { body?: string | Buffer } = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: nginx.port,
          servername: 'localhost',
          path,
          agent: false,
          ...options,
          headers: { host: 'localhost', ...options.headers },
        },
        (reply) => {
          const chunks: Buffer[] = [];
          reply.on('data', (chunk: Buffer) => chunks.push(chunk));
          reply.once('end', () =>
            resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: Buffer.concat(chunks) }),
          );
        },
      );
      sent.once('error', reject).end(body);
    });
  }
  /** A POST as browsers make it. */
  function callHttp2(path: string, body: Buffer): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const session = connectHttp2(nginx.url);
      const stream = session.request({ ':method': 'POST', ':path': path, 'content-length': body.length });
      stream.once('response', async (headers) => {
        const chunks = await stream.toArray();
        session.destroy();
        resolve({ status: Number(headers[':status']), headers: { ...headers }, body: Buffer.concat(chunks) });
      });
      stream.once('error', reject).end(body);
    });
  }
  const raw = (...pieces: (string | Buffer)[]) => sendRaw({ port: nginx.port, servername: 'localhost', pieces });

  /** As one of ours: the shape, the id in both places, the headers. */
  function expectProblem({ status, headers, body }: Reply, wanted: [number, string]): void {
    const problem = JSON.parse(body.toString());
    expect([status, problem.code]).toEqual(wanted);
    expect([isProblem(problem), problem.status, problem.requestId]).toEqual([true, status, headers['x-request-id']]);
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'strict-transport-security': expect.stringContaining('max-age=31536000'),
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'x-frame-options': 'DENY',
    });
    expect(headers['server']).toBe('nginx');
  }

  describe('takes to', () => {
    it('the chat its routes, and everything else of the API to the api nodes', async () => {
      for (const path of [
        '/api/v1/rooms',
        '/api/v1/rooms/1/messages?after=1',
        '/api/v1/chat/tickets',
        '/api/v1/chat/socket',
      ]) {
        await call(path);
        expect(chat.heard.at(-1)?.path).toBe(path);
      }
      for (const path of [
        '/api/v1/me',
        '/api/v1/requests/1',
        '/health/live',
        '/docs',
        '/openapi.json',
        '/.well-known/jwks.json',
      ]) {
        await call(path);
        expect(api.heard.at(-1)?.path).toBe(path);
      }
    });

    it('nobody what is for the inside, however it is written', async () => {
      const before = api.heard.length + chat.heard.length;
      for (const path of [
        '/metrics',
        '/metrics/',
        '/dev/mailbox',
        '/dev',
        '/dev/mailbox.json?to=x',
        '//dev/mailbox',
        '/%64ev/mailbox',
        '/api/../dev/mailbox',
        '/api/%2e%2e/metrics',
        '/assets/..%2fdev%2fmailbox',
      ])
        expectProblem(await call(path), [404, 'not-found']);
      expect(api.heard.length + chat.heard.length).toBe(before);
    });

    it('a node each call anew: nothing is kept for another', async () => {
      const [one, two] = [await call('/api/v1/specialties'), await call('/api/v1/specialties')];
      expect(JSON.parse(two.body.toString()).number).toBe(JSON.parse(one.body.toString()).number + 1);
      expect(two.headers['cache-control']).toBe('no-store');
    });
  });

  it('hands on the real address, the name and the trace, and nothing that a caller made up', async () => {
    const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
    const { headers } = await call('/api/v1/me', {
      localAddress: '127.0.0.7',
      headers: {
        traceparent,
        'x-forwarded-for': '203.0.113.9',
        'x-forwarded-host': 'evil.test',
        'x-forwarded-proto': 'http',
        'x-real-ip': '203.0.113.9',
        forwarded: 'for=203.0.113.9',
        authorization: 'Bearer abc',
        upgrade: 'h2c',
        connection: 'Upgrade, HTTP2-Settings, Authorization',
        'http2-settings': 'AAMAAABkAARAAAAAAAIAAAAA',
      },
    });
    const heard = api.heard.at(-1)?.headers ?? {};
    expect(heard).toMatchObject({
      traceparent,
      host: 'localhost',
      'x-forwarded-for': '127.0.0.7',
      'x-forwarded-host': 'localhost',
      'x-forwarded-proto': 'https',
      authorization: 'Bearer abc',
    });
    for (const name of ['x-real-ip', 'forwarded', 'upgrade']) expect(heard).not.toHaveProperty(name);
    expect(heard['connection'] ?? '').not.toMatch(/upgrade/i);
    expect(headers['x-request-id']).toBe(`echo-${api.heard.length}`);
  });

  describe('answers by itself, as the program would,', () => {
    const post = (path: string, bytes: number) => call(path, { method: 'POST', body: Buffer.alloc(bytes, 'x') });

    it('a body of more than 100 kB', async () => {
      expect((await post('/api/v1/requests', 99_000)).status).toBe(200);
      expectProblem(await post('/api/v1/requests', 110_000), [413, 'payload-too-large']);
      expectProblem(await post('/api/v1/rooms/1/messages', 110_000), [413, 'payload-too-large']);
    });

    const uploads = [...routes.values()].flatMap(({ path, upload }): [string, number][] =>
      upload === undefined ? [] : [[`/api/v1${path.replaceAll(/\{\w+\}/g, '1')}`, upload.maxBytes]],
    );
    it.each(uploads)('a file for %s of more than its %d bytes', async (path, maxBytes) => {
      expect((await post(`${path}?name=x`, maxBytes)).status).toBe(200);
      const heard = [api, chat].flatMap(({ heard }) => heard).filter((one) => one.path === `${path}?name=x`);
      expect(heard.map(({ body }) => body.length)).toEqual([maxBytes]);
      expectProblem(await post(path, maxBytes * 1.06), [413, 'payload-too-large']);
    });

    it('the same to who speaks HTTP/2', async () => {
      const { status, headers, body } = await callHttp2('/api/v1/requests', Buffer.alloc(300_000, 'x'));
      expectProblem({ status, headers, body }, [413, 'payload-too-large']);
    });

    it('a chunked body that grows beyond that', async () => {
      const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
      const { text } = await raw(
        'POST /api/v1/requests HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n',
        chunk.repeat(8),
        '0\r\n\r\n',
      );
      expect(statusesIn(text)).toEqual([413]);
    });

    it('what is no HTTP, or too long, or not for this path', async () => {
      const reply = async (...pieces: string[]) => replyIn((await raw(...pieces)).text);
      expectProblem(await reply('GET / HTTP/1.1\r\n\r\n'), [400, 'invalid-request']);
      expectProblem(await reply('GET /x HTTP/1.1\r\nHost: localhost\r\nHost: b\r\n\r\n'), [400, 'invalid-request']);
      expectProblem(await reply('GET /x HTTP/1.1\r\nHost: elsewhere.test\r\n\r\n'), [421, 'invalid-request']);
      expectProblem(await reply(`GET /${'x'.repeat(9000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`), [
        414,
        'invalid-request',
      ]);
      expectProblem(await reply(`GET / HTTP/1.1\r\nHost: localhost\r\nCookie: ${'x'.repeat(9000)}\r\n\r\n`), [
        431,
        'invalid-request',
      ]);
      expectProblem(await call('/', { method: 'POST', body: '' }), [405, 'invalid-request']);
      expectProblem(await call('/', { method: 'TRACE' }), [405, 'invalid-request']);
    });

    it('HTTP that is spoken where HTTPS is', async () => {
      const { text } = await sendRaw({ port: nginx.port, pieces: ['GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'] });
      expect(statusesIn(text)).toEqual([400]);
      expect(text).toContain('"code":"invalid-request"');
    });

    it('that no node is there, and when to come again', async () => {
      const ports = { port: await freePort(), httpPort: await freePort() };
      const gone = `http://127.0.0.1:${await freePort()}`;
      const alone = await startNginx({ ...ports, api: [gone, gone], chat: [gone], portal });
      onTestFinished(() => alone.stop());
      const reply = await call('/api/v1/me', { port: alone.port });
      expectProblem(reply, [502, 'unavailable']);
      expect(reply.headers['retry-after']).toBe('2');
    });
  });

  describe('does not wait for who is slow', () => {
    it('with the head of a request', async () => {
      const startedAtMs = performance.now();
      const { closed } = await raw('GET /api/v1/me HTTP/1.1\r\nHost: loc');
      expect(closed).toBe(true);
      expect(performance.now() - startedAtMs).toBeLessThan(2500);
    });

    it('with its body, of which no node hears', async () => {
      const before = api.heard.length;
      const { text, closed } = await raw(
        'POST /api/v1/requests HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc',
      );
      expect([closed, text]).toEqual([true, '']);
      expect(api.heard.length).toBe(before);
    });
  });

  it('holds up a flood from one address, and nobody else', async () => {
    const localAddress = '127.0.0.9';
    const calls = 'GET /api/v1/specialties HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(200);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        sendRaw({ port: nginx.port, servername: 'localhost', localAddress, pieces: [calls], quietMs: 1000 }),
      ),
    );
    const all = answers.map(({ text }) => text).join('');
    const count = (status: number) => all.split(`HTTP/1.1 ${status} `).length - 1;
    expect(count(200)).toBeGreaterThan(350);
    expect(count(429)).toBeGreaterThan(100);
    const refused = replyIn(all, /429/);
    expectProblem(refused, [429, 'rate-limited']);
    expect(refused.headers['retry-after']).toBe('1');
    expect((await call('/api/v1/me', { localAddress: '127.0.0.10' })).status).toBe(200);
  });

  describe('speaks TLS', () => {
    type Handshake = { protocol: string | null; cipher: string; alpn: string | false };
    const shake = (options: tls.ConnectionOptions): Promise<Handshake> =>
      new Promise((resolve, reject) => {
        const socket = tls.connect({ host: '127.0.0.1', port: nginx.port, servername: 'localhost', ...options }, () => {
          resolve({
            protocol: socket.getProtocol(),
            cipher: socket.getCipher().name,
            alpn: socket.alpnProtocol ?? false,
          });
          socket.destroy();
        });
        socket.once('error', reject);
      });

    it('1.2 and 1.3 with forward secrecy, and nothing older or weaker', async () => {
      expect(await shake({ minVersion: 'TLSv1.3' })).toMatchObject({ protocol: 'TLSv1.3' });
      expect(await shake({ maxVersion: 'TLSv1.2' })).toMatchObject({
        protocol: 'TLSv1.2',
        cipher: expect.stringMatching(/^ECDHE-.*(GCM|POLY1305)/),
      });
      const weakest = { ciphers: 'ALL:@SECLEVEL=0' };
      await expect(shake({ ...weakest, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })).rejects.toThrow(/alert|version/);
      await expect(
        shake({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256:AES128-SHA:@SECLEVEL=0' }),
      ).rejects.toThrow(/handshake/);
    });

    it('to who asks for its name alone', async () => {
      await expect(shake({ servername: 'elsewhere.test' })).rejects.toThrow(/unrecognized name/);
    });

    it('with HTTP/2 for who has it', async () => {
      expect((await shake({ ALPNProtocols: ['h2', 'http/1.1'] })).alpn).toBe('h2');
      const session = connectHttp2(nginx.url);
      const stream = session.request({ ':path': '/api/v1/me', 'x-forwarded-for': '203.0.113.9' });
      const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
        stream.once('response', resolve).once('error', reject);
      });
      stream.resume();
      expect(headers[':status']).toBe(200);
      expect(api.heard.at(-1)?.headers['x-forwarded-for']).toBe('127.0.0.1');
      session.close();
    });

    it('and shows who comes without it the way', async () => {
      const location = await new Promise((resolve, reject) => {
        requestHttp(
          { host: '127.0.0.1', port: nginx.httpPort, path: '/requests?x=1', headers: { host: 'localhost' } },
          (reply) => resolve([reply.statusCode, reply.headers.location]),
        )
          .once('error', reject)
          .end();
      });
      expect(location).toEqual([308, 'https://localhost/requests?x=1']);
    });
  });

  describe('serves the portal', () => {
    it('by its page under every path of its own, asked for anew each time', async () => {
      for (const path of ['/', '/verify-email', '/rooms/1', '/index.html']) {
        const { status, headers, body } = await call(path);
        expect([status, body.toString()]).toEqual([200, page]);
        expect(headers).toMatchObject({
          'cache-control': 'no-cache',
          'content-type': 'text/html; charset=utf-8',
          etag: expect.any(String),
        });
        expect(headers['content-security-policy']).toContain("script-src 'self'");
        expect(headers['x-content-type-options']).toBe('nosniff');
      }
    });

    it('with assets that are kept for ever, compressed as they lie there', async () => {
      const plain = await call('/assets/app-1a2b.js');
      expect(plain.headers).toMatchObject({
        'cache-control': 'public, max-age=31536000, immutable',
        'content-type': 'text/javascript; charset=utf-8',
      });
      const zipped = await call('/assets/app-1a2b.js', { headers: { 'accept-encoding': 'gzip' } });
      expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
      expect([plain.body.toString(), gunzipSync(zipped.body).toString()]).toEqual([script, script]);
    });

    it.runIf(hasBrotli)('in Brotli, for who reads that', async () => {
      const { headers, body } = await call('/assets/app-1a2b.js', { headers: { 'accept-encoding': 'gzip, br' } });
      expect([headers['content-encoding'], brotliDecompressSync(body).toString()]).toEqual(['br', script]);
    });

    it('and what is not there is missing, not the page; without a portal the program has its own', async () => {
      await call('/assets/none.js');
      expect(api.heard.at(-1)?.path).toBe('/assets/none.js');
      const ports = { port: await freePort(), httpPort: await freePort() };
      const bare = await startNginx({ ...ports, api: [api.url], chat: [chat.url] });
      onTestFinished(() => bare.stop());
      await call('/verify-email', { port: bare.port });
      expect(api.heard.at(-1)?.path).toBe('/verify-email');
    });
  });

  it('writes no query, no address and no token into its log of calls', async () => {
    await call('/api/v1/chat/socket?ticket=secret-ticket', {
      localAddress: '127.0.0.8',
      headers: { authorization: 'Bearer secret-token' },
    });
    const lines = (await nginx.log()).split('\n').filter((line) => line.startsWith('{'));
    const line = JSON.parse(lines.findLast((line) => line.includes('/api/v1/chat/socket')) ?? '{}');
    expect(line).toMatchObject({
      method: 'GET',
      path: '/api/v1/chat/socket',
      status: 200,
      requestId: `echo-${chat.heard.length}`,
    });
    expect(lines.join()).not.toMatch(/secret|127\.0\.0\.8/);
  });
});

const page = '<!doctype html><title>Portal</title>';
const script = 'console.log("portal");'.repeat(100);

async function buildPortal(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'openward-portal-'));
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), page);
  const asset = join(folder, 'assets/app-1a2b.js');
  await writeFile(asset, script);
  await writeFile(`${asset}.gz`, gzipSync(script));
  await writeFile(`${asset}.br`, brotliCompressSync(script));
  return folder;
}

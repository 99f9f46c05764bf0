import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EchoServer, startEchoServer } from './echo-server.ts';
import { startTestServer, type TestServer } from './harness.ts';
import { needsNginx, startNginx, type TestNginx } from './nginx.ts';
import { sendRaw, statusesIn } from './raw-http.ts';
import { freePort } from './redis.ts';
import { http2Request, smugglingCorpus } from './smuggling.ts';

/** Every attack is followed by a well-formed request that ends the connection: whoever is left waiting for more is told so. */
const last = 'GET /last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

describe.runIf(needsNginx('smuggling.test.ts'))('through nginx', () => {
  let node: EchoServer;
  let nginx: TestNginx;
  beforeAll(async () => {
    node = await startEchoServer();
    const ports = { port: await freePort(), httpPort: await freePort() };
    nginx = await startNginx({ ...ports, api: [node.url], chat: [node.url], impatient: true });
  });
  afterAll(async () => {
    await Promise.all([nginx.stop(), node.stop()]);
  });

  it.each(smugglingCorpus('/api/v1/hidden'))(
    '$name reaches no node as a second request, and the next caller gets an answer of their own',
    async ({ bytes }) => {
      const before = node.heard.length;
      await sendRaw({ port: nginx.port, servername: 'localhost', pieces: [bytes + last], quietMs: 1500 });
      const heard = node.heard.slice(before).map(({ method, path }) => `${method} ${path}`);
      expect(heard.filter((line) => line.includes('hidden'))).toEqual([]);
      expect(heard.length).toBeLessThanOrEqual(2);
      const next = `/api/v1/next-${before}`;
      const { text } = await sendRaw({
        port: nginx.port,
        servername: 'localhost',
        pieces: [`GET ${next} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`],
      });
      expect(text).toContain(`"path":"${next}"`);
    },
  );

  it('a request in absolute form is one of its path, for the name that it has', async () => {
    const before = node.heard.length;
    const ask = async (url: string) => {
      const pieces = [`GET ${url} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`];
      return statusesIn((await sendRaw({ port: nginx.port, servername: 'localhost', pieces })).text);
    };
    expect(await ask('https://localhost/api/v1/absolute')).toEqual([200]);
    // The name is another's: nobody hears of it.
    expect(await ask('https://elsewhere.test/api/v1/absolute')).toEqual([421]);
    expect(await ask('ftp:/api/v1/absolute')).toEqual([400]);
    const heard = node.heard.slice(before).map(({ path, headers }) => `${headers.host} ${path}`);
    expect(heard).toEqual(['localhost /api/v1/absolute']);
  });

  const begin = [
    [':method', 'POST'],
    [':path', '/api/v1/requests'],
    [':scheme', 'https'],
    [':authority', 'localhost'],
  ] as const;
  const hidden = 'GET /api/v1/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n';
  it.each([
    { name: 'a Content-Length that is too small', headers: [...begin, ['content-length', '0']] as const, body: hidden },
    {
      name: 'Transfer-Encoding',
      headers: [...begin, ['transfer-encoding', 'chunked']] as const,
      body: `0\r\n\r\n${hidden}`,
    },
    {
      name: 'a line break in a value',
      headers: [...begin, ['x-note', `a\r\ntransfer-encoding: chunked`]] as const,
      body: `0\r\n\r\n${hidden}`,
    },
    {
      name: 'a line break in a name',
      headers: [...begin, ['x-note: a\r\ntransfer-encoding', 'chunked']] as const,
      body: `0\r\n\r\n${hidden}`,
    },
    {
      name: 'a line break in the path',
      headers: [
        [':method', 'GET'],
        [':path', `/api/v1/a HTTP/1.1\r\nHost: x\r\n\r\n${hidden}`],
        [':scheme', 'https'],
        [':authority', 'localhost'],
      ] as const,
      body: '',
    },
    {
      name: 'a line break in the method',
      headers: [
        [':method', `GET /api/v1/hidden HTTP/1.1\r\nx: `],
        [':path', '/api/v1/a'],
        [':scheme', 'https'],
        [':authority', 'localhost'],
      ] as const,
      body: '',
    },
    { name: 'a second path', headers: [...begin, [':path', '/api/v1/hidden']] as const, body: '' },
    {
      name: 'a Host of its own',
      headers: [...begin, ['host', 'localhost\r\n\r\nGET /api/v1/hidden HTTP/1.1']] as const,
      body: '',
    },
  ])('HTTP/2 with $name becomes no second request in HTTP/1', async ({ headers, body }) => {
    const before = node.heard.length;
    await sendRaw({
      port: nginx.port,
      servername: 'localhost',
      protocols: ['h2'],
      pieces: [http2Request(headers, body)],
      quietMs: 300,
    });
    const heard = node.heard.slice(before);
    expect(heard.filter(({ path }) => path.includes('hidden'))).toEqual([]);
    expect(heard.length).toBeLessThanOrEqual(1);
    for (const { headers } of heard) expect(headers['transfer-encoding']).toBeUndefined();
  });
});

describe('straight to a node', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ roles: ['api'] });
  });
  afterAll(() => server.stop());

  it.each(smugglingCorpus('/health/live'))(
    '$name is answered at most once, and the hidden request never',
    async ({ bytes }) => {
      const { port } = new URL(server.url);
      const { text } = await sendRaw({ port: Number(port), pieces: [bytes + last], quietMs: 400 });
      expect(text).not.toContain('"status":"ok"');
      // The first, and the last where the first had a length that all agree on.
      expect(text.split('HTTP/1.1 ').length - 1).toBeLessThanOrEqual(2);
    },
  );
});

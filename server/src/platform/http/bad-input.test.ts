import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import type { Answer } from '../../../test/http.ts';

let server: TestServer;
let patient: Person;
let admin: Person;
beforeAll(async () => {
  server = await startTestServer();
  patient = await server.people.patient();
  admin = await server.people.admin();
});
afterAll(async () => {
  // Whatever was thrown at it, it still serves.
  expect((await patient.api('GET', '/me')).status).toBe(200);
  await server.stop();
});

const good = { specialty: 'cardiology', complaint: 'A cough', urgency: 'routine' };
const text = JSON.stringify(good);

function post(raw: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
  return patient.api('POST', '/requests', undefined, { raw, headers });
}

function expectProblem({ status, body, headers }: Answer, expected: number): void {
  expect([status, body.status]).toEqual([expected, expected]);
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(body.requestId).toBe(headers.get('x-request-id'));
  expect(JSON.stringify(body)).not.toMatch(/ at \S+:\d|node_modules|\.ts\b|select .* from|insert into/i);
}

async function requestsMade(): Promise<number> {
  return (await patient.api('GET', '/requests?limit=100')).body.items.length;
}

function nested(depth: number): string {
  return `{"complaint":${'['.repeat(depth)}${']'.repeat(depth)}}`;
}

describe('a body that cannot be read is a 400 problem and changes nothing', () => {
  const bodies: [what: string, raw: string | Uint8Array][] = [
    ['cut off', text.slice(0, -1)],
    ['followed by more', `${text}{}`],
    ['with a comma too many', `${text.slice(0, -1)},}`],
    ['in single quotes', text.replaceAll('"', "'")],
    ['of NaN', '{"complaint":NaN}'],
    ['with a byte order mark of UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le')],
    [
      'with bytes that are not UTF-8',
      Buffer.concat([Buffer.from('{"complaint":"'), Buffer.from([0xff, 0xc0, 0x80]), Buffer.from('"}')]),
    ],
    ['with NUL in a value', JSON.stringify({ ...good, complaint: 'a\0b' })],
    ['with NUL in a name', JSON.stringify({ ...good, 'a\0b': 1 })],
    ['with a raw NUL', `{"complaint":"a\0b"}`],
    ['with half of a surrogate pair', text.replace('A cough', '\\ud800')],
    ['with the other half', text.replace('A cough', '\\udc00 x')],
    ['17 levels deep', nested(17)],
    ['40,000 levels deep', nested(40_000)],
    ['with __proto__', text.replace('{', '{"__proto__":{"role":"admin"},')],
    ['with __proto__ in disguise', text.replace('{', '{"\\u005f_proto__":{"role":"admin"},')],
    ['with constructor.prototype', text.replace('{', '{"constructor":{"prototype":{}},')],
    ['that is an array', '[]'],
    ['that is an array of what is right', `[${text}]`],
    ['that is null', 'null'],
    ['that is a number', '1'],
    ['that is a string', '"x"'],
    ['that is true', 'true'],
    ['that is empty', ''],
    ['of spaces', '   '],
  ];

  it.each(bodies)('%s', async (_what, raw) => {
    const before = await requestsMade();
    const answer = await post(raw);
    expectProblem(answer, 400);
    expect(answer.body.code).toBe('invalid-request');
    expect(await requestsMade()).toBe(before);
  });

  it.each(['null', '[]', '0', 'false', '""', '{"x":1}'])('%s where no body is expected', async (raw) => {
    const { api, sessionId } = await server.people.patient();
    expectProblem(await api('POST', '/auth/logout', undefined, { raw }), 400);
    expectProblem(await api('DELETE', `/auth/sessions/${sessionId}`, undefined, { raw }), 400);
    expect((await api('GET', '/me')).status).toBe(200);
  });

  it('an empty object and no body at all are the same', async () => {
    for (const options of [{ raw: '{}' }, {}]) {
      const { api } = await server.people.patient();
      expect((await api('POST', '/auth/logout', undefined, options)).status).toBe(204);
    }
  });
});

describe('sizes and kinds', () => {
  it('100,000 bytes are read, one more is 413', async () => {
    const fill = (bytes: number) => text.padEnd(bytes, ' ');
    expect((await post(fill(100_000))).status).toBe(201);
    const over = await post(fill(100_001));
    expectProblem(over, 413);
    expect(over.body.code).toBe('payload-too-large');
    expect((await post(fill(101_000))).status).toBe(413);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/jsonp',
    'nonsense',
  ])('%s is 415', async (type) => {
    const answer = await post(text, { 'content-type': type });
    expectProblem(answer, 415);
    expect(answer.body.code).toBe('unsupported-media-type');
  });

  it('JSON with a charset is JSON', async () => {
    expect((await post(text, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(201);
  });

  it('who may not call hears so before the body is looked at', async () => {
    for (const raw of ['{', 'x'.repeat(101_000)]) {
      expect((await server.api('POST', '/requests', undefined, { raw })).status).toBe(401);
      expect((await admin.api('POST', '/requests', undefined, { raw })).status).toBe(403);
    }
  });
});

describe('paths and queries', () => {
  const ids = [
    'x',
    '%00',
    '%',
    '%zz',
    '%c0%80',
    '..',
    '%2e%2e',
    '..%2f..%2fetc%2fpasswd',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'null',
    'undefined',
    '0',
    '-1',
    'NaN',
    '%F0%9F%92%A9',
    '01936f2a-7c1e-7d3a-9b64-5f0e8a2c4d1',
    '{01936f2a-7c1e-7d3a-9b64-5f0e8a2c4d11}',
    'urn:uuid:01936f2a-7c1e-7d3a-9b64-5f0e8a2c4d11',
    "' OR 1=1 --",
    'a'.repeat(300),
    '01936f2a-7c1e-7d3a-9b64-5f0e8a2c4d11/x',
  ];

  it.each(ids)('the id %s is a 404 like a missing one', async (id) => {
    for (const path of ['/requests/', '/users/', '/doctors/']) {
      const answer = await patient.api('GET', `${path}${id}`);
      if (id === '..' || id === '%2e%2e') expect([404]).toContain(answer.status);
      else expectProblem(answer, 404);
    }
    expect((await admin.api('POST', `/admin/users/${id}/ban`, { reason: 'x', durationMinutes: 1 })).status).toBe(404);
  });

  it('an id in capitals is the same id', async () => {
    const { id } = await server.people.doctor();
    expect((await server.api('GET', `/doctors/${id.toUpperCase()}`)).body.id).toBe(id);
  });

  const queries: [query: string, path: string][] = [
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=x', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['limit=0x10', 'limit'],
    ['limit=1e1', 'limit'],
    ['limit=+5', 'limit'],
    ['limit=5%20', 'limit'],
    ['minRating=0x1', 'minRating'],
    ['limit[]=1', 'limit[]'],
    ['foo=1', 'foo'],
    ['__proto__=1', '__proto__'],
    ['constructor=1', 'constructor'],
    ['toString=1', 'toString'],
    ['cursor=', 'cursor'],
    ['cursor=%00', 'cursor'],
    ['cursor=x&cursor=y', 'cursor'],
    [`cursor=${'x'.repeat(5121)}`, 'cursor'],
    ['sort=price', 'sort'],
    ['sort=__proto__', 'sort'],
    ['q=%00', 'q'],
    ['q=', 'q'],
    [`q=${'x'.repeat(101)}`, 'q'],
    ['minRating=x', 'minRating'],
    ['minRating=6', 'minRating'],
    ['minRating=NaN', 'minRating'],
    ['minRating=Infinity', 'minRating'],
    ['specialty=magic', 'specialty'],
  ];

  it.each(queries)('the query ?%s is a 400 that names %s', async (query, path) => {
    const answer = await server.api('GET', `/doctors?${query}`);
    expectProblem(answer, 400);
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
  });

  it.each(['%', '%zz', '%c0%80', '%ff', 'limit=%31', '&&&', '=', 'q=%ED%A0%80'])(
    'the query ?%s is answered, not failed at',
    async (query) => {
      expect((await server.api('GET', `/doctors?${query}`)).status).toBeLessThan(500);
    },
  );

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-01-01T00:00:00+23:59',
    '0000-01-01T00:00:00Z',
    '2026-01-01',
    'yesterday',
    '2026-13-01T00:00:00Z',
    `2026-01-01T00:00:00.${'0'.repeat(300)}Z`,
  ])('the time %s is a 400 that names the field', async (time) => {
    for (const list of ['/admin/audit', '/admin/security-events']) {
      const answer = await admin.api('GET', `${list}?from=${encodeURIComponent(time)}`);
      expectProblem(answer, 400);
      expect(answer.body.errors[0].path).toBe('from');
    }
  });

  it('every real time is understood, whatever its zone and precision', async () => {
    for (const time of ['2026-01-01T24:00:00Z', '2026-02-28T23:59:59.123456789+14:00', '2024-02-29T00:00:00-12:00']) {
      expect([time, (await admin.api('GET', `/admin/audit?from=${encodeURIComponent(time)}`)).status]).toEqual([
        time,
        200,
      ]);
    }
  });

  it('a route that does not exist is a 404 problem for every method', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      for (const path of ['/nothing', '/requests/x/y/z', '//', '//api/v2/me']) {
        const answer = await patient.api(method, path, method === 'GET' ? undefined : {});
        if (path !== '//') expectProblem(answer, 404);
        expect(answer.status).toBeLessThan(500);
      }
    }
  });
});

describe('what is not HTTP, thrown at the socket', () => {
  const host = 'Host: x\r\n';
  const streams: [what: string, bytes: string | Buffer, expected: RegExp][] = [
    ['garbage', Buffer.from([0, 1, 2, 3, 255, 254, 10, 13, 10]), /^HTTP\/1\.1 400 /],
    ['a TLS hello', Buffer.from('16030100a5010000a10303', 'hex'), /^HTTP\/1\.1 400 /],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a method that does not exist', `BREW /api/v1/me HTTP/1.1\r\n${host}\r\n`, /^HTTP\/1\.1 4/],
    ['headers of 20 kB', `GET /api/v1/me HTTP/1.1\r\n${host}X-Big: ${'x'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    [
      'two content lengths',
      `POST /api/v1/auth/login HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
      /^HTTP\/1\.1 400 /,
    ],
    [
      'length and chunks at once',
      `POST /api/v1/auth/login HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a broken chunk',
      `POST /api/v1/auth/login HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      /^HTTP\/1\.1 4/,
    ],
    ['a line break in a header', `GET /api/v1/me HTTP/1.1\r\n${host}X-A: a\rb\r\n\r\n`, /^HTTP\/1\.1 400 /],
    ['a NUL in the path', `GET /api/v1/\0me HTTP/1.1\r\n${host}\r\n`, /^HTTP\/1\.1 400 /],
    ['a path that cannot be decoded', `GET /api/v1/%zz HTTP/1.1\r\n${host}\r\n`, /^HTTP\/1\.1 404 /],
    [
      'a socket without a session',
      `GET /api/v1/chat/socket HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      /^HTTP\/1\.1 401 /,
    ],
    ['no Host', 'GET /api/v1/me HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['an expectation that nobody knows', `GET /api/v1/me HTTP/1.1\r\n${host}Expect: tea\r\n\r\n`, /^HTTP\/1\.1 417 /],
    ['a foreign absolute path', `GET http://evil.test/api/v1/me HTTP/1.1\r\n${host}\r\n`, /^HTTP\/1\.1 40[014] /],
  ];

  it.each(streams)('%s gets a 4xx and the process goes on', async (_what, bytes, expected) => {
    const answer = await throwAt(bytes);
    expect(answer).toMatch(expected);
    expect(answer).toMatch(/^content-type: application\/problem\+json/im);
    expect(answer).toMatch(/^x-request-id: [0-9a-f-]{36}\r$/im);
    for (const header of [
      'x-content-type-options: nosniff',
      'cache-control: no-store',
      "content-security-policy: default-src 'none'",
    ])
      expect(answer.toLowerCase()).toContain(`\r\n${header}`);
    expect((await server.api('GET', '//health/live')).status).toBe(200);
  });

  it('two hundred connections that say nothing, or break off in the middle, disturb nobody', async () => {
    const sockets = Array.from({ length: 200 }, (_, index) => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      socket.on('error', () => {});
      if (index % 2 === 0) socket.write('POST /api/v1/auth/login HTTP/1.1\r\nContent-Le');
      return socket;
    });
    expect((await patient.api('GET', '/me')).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    expect((await patient.api('GET', '/me')).status).toBe(200);
  });
});

/** Bytes on a bare socket → all that comes back until the server closes. */
function throwAt(bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setTimeout(5000, () => socket.destroy(new Error(`no end after: ${answer}`)));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      // Answers of a connection that stays open end with their body.
      if (/\r\n\r\n.*\}$/s.test(answer)) socket.end();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.write(bytes);
  });
}

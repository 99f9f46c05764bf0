import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAccount } from '../../server/src/modules/identity/index.ts';
import { startTestServer, type TestServer } from '../../server/test/harness.ts';

const asBrowser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const get = (path: string, headers: Record<string, string> = asBrowser) => fetch(server.url + path, { headers });

describe('the page', () => {
  test.each(['/', '/login', '/verify-email', '/requests'])(
    '%s is there, asked for anew each time, with a strict policy',
    async (path) => {
      const reply = await get(path);
      expect(reply.status).toBe(200);
      expect(reply.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(reply.headers.get('cache-control')).toBe('no-cache');
      const policy = reply.headers.get('content-security-policy') ?? '';
      for (const directive of [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "form-action 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
        'trusted-types openward',
      ])
        expect(policy.split('; ')).toContain(directive);
      expect(policy).not.toMatch(/unsafe|https?:|\*|data:/);
      const page = await reply.text();
      expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
      for (const [, url] of page.matchAll(/\s(?:src|href)="([^"]*)"/g)) expect(url).toMatch(/^\/(?!\/)/);
      const again = await get(path, { ...asBrowser, 'if-none-match': reply.headers.get('etag') ?? '' });
      expect(again.status).toBe(304);
      expect(again.headers.get('content-security-policy')).toBe(policy);
    },
  );

  test.each([
    ['/api/v1/nothing', asBrowser],
    ['/api/nothing', asBrowser],
    ['/nothing', asBrowser],
    ['/assets/nothing.js', asBrowser],
    ['/requests', { accept: 'application/json' }],
    ['/assets/../../package.json', asBrowser],
    ['/assets/%2e%2e/routes.json', asBrowser],
    ['/manifest.json', asBrowser],
    ['/routes.json', asBrowser],
  ])('%s is the problem that it was before (%j)', async (path, headers) => {
    const reply = await get(path, headers);
    expect(reply.status).toBe(404);
    expect(await reply.json()).toMatchObject({ code: 'not-found' });
  });

  test('a POST to a path of the portal is none of it', async () => {
    expect((await fetch(`${server.url}/login`, { method: 'POST', headers: asBrowser })).status).toBe(404);
  });
});

describe('the files', () => {
  test('what the page names is kept for ever, and comes compressed to who takes it', async () => {
    const page = await (await get('/')).text();
    const urls = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, url = '']) => url);
    expect(urls.length).toBeGreaterThan(2);
    for (const url of urls) {
      const plain = await get(url, { 'accept-encoding': 'identity' });
      expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      const body = Buffer.from(await plain.arrayBuffer());
      for (const [encoding, unpack] of [
        ['br', brotliDecompressSync],
        ['gzip', gunzipSync],
      ] as const) {
        const { headers, packed } = await raw(url, encoding);
        expect(headers['content-encoding']).toBe(encoding);
        expect(headers['vary']).toContain('accept-encoding');
        expect(unpack(packed).equals(body)).toBe(true);
      }
      expect((await raw(url, 'br;q=0, zstd')).headers['content-encoding']).toBeUndefined();
      const etag = plain.headers.get('etag') ?? '';
      expect((await get(url, { 'if-none-match': etag })).status).toBe(304);
    }
  });

  test.each(['en', 'es', 'de'])('the service worker keeps what the page at / names (%s)', async (language) => {
    const headers = { ...asBrowser, 'accept-language': language };
    const [page, worker] = await Promise.all(
      [get('/', headers), get('/sw.js')].map(async (reply) => (await reply).text()),
    );
    const urls = [...(page ?? '').matchAll(/"(\/assets\/[^"]+)"/g)].map(([, url = '']) => url);
    expect(urls.length).toBeGreaterThan(8);
    for (const url of urls) expect(worker).toContain(`"${url}"`);
  });

  test.each([
    ['/sw.js', 'text/javascript; charset=utf-8'],
    ['/manifest.webmanifest', 'application/manifest+json'],
    ['/icon.svg', 'image/svg+xml'],
    ['/icon-192.png', 'image/png'],
  ])('%s has its type, and is asked for anew', async (path, type) => {
    const { status, headers } = await get(path);
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([200, type, 'no-cache']);
  });

  test('every icon of the manifest is there', async () => {
    const manifest = (await (await get('/manifest.webmanifest')).json()) as { icons: { src: string }[] };
    for (const { src } of manifest.icons) expect((await get(src)).status).toBe(200);
  });
});

describe('the demo logins', () => {
  const siteOf = async (url: string) => {
    const page = await (await fetch(url, { headers: asBrowser })).text();
    const content = /name="openward-site" content="([^"]*)"/.exec(page)?.[1] ?? '{}';
    return JSON.parse(content.replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))));
  };

  test('are named where they are wanted and there, and nowhere else', async () => {
    expect((await siteOf(server.url)).demo).toBeUndefined();
    const demo = await server.addNode({ environment: { DEMO_DATA: 'on' } });
    expect((await siteOf(demo.url)).demo).toBeUndefined();
    await server.ctx.tx((ctx) =>
      createAccount(ctx, {
        email: 'patient@demo.openward.example',
        fullName: 'Jonas Weber',
        role: 'patient',
        passwordHash: 'none',
        emailVerified: true,
        approved: true,
      }),
    );
    expect((await siteOf(demo.url)).demo.map(({ role }: { role: string }) => role)).toEqual([
      'patient',
      'doctor',
      'admin',
    ]);
    expect((await siteOf(server.url)).demo).toBeUndefined();
  });
});

/** fetch unpacks by itself, so that one sees neither the header's truth nor the bytes. */
async function raw(path: string, encoding: string): Promise<{ headers: Record<string, unknown>; packed: Buffer }> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    request(server.url + path, { headers: { 'accept-encoding': encoding } }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('end', () => resolve({ headers: reply.headers, packed: Buffer.concat(chunks) }));
    })
      .on('error', reject)
      .end();
  });
}

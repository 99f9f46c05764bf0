import { problems, routes } from '@openward/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { openApiDocument } from '../http/openapi.ts';
import { apiPage } from './api-page.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ environment: { SMTP_URL: '' } });
});
afterAll(() => server.stop());

const get = (path: string, headers: Record<string, string> = {}) =>
  server.api('GET', `/${path}`, undefined, { headers });
const pages = ['/docs', '/dev/mailbox'];

describe.each(pages)('%s', (path) => {
  test('is a page with nothing inline and nothing from elsewhere', async () => {
    const { status, body, headers } = await get(path);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(body).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
    for (const [, url] of (body as string).matchAll(/\s(?:src|href|action|data-call)="([^"]*)"/g))
      expect(url).toMatch(/^[/#](?!\/)/);
    expect(body).toContain('<html lang="en">');
    expect(body).toContain('<main id="main"');
    expect(body.match(/<h1/g)).toHaveLength(1);
    expect(body).toContain('href="#main"');
  });

  test('finds all that it loads, to keep for ever', async () => {
    const { body } = await get(path);
    for (const [, url = ''] of (body as string).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
      const asset = await get(url);
      expect(asset.status).toBe(200);
      expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
  });
});

describe('GET /docs', () => {
  const document = openApiDocument(routes, { serverUrl: 'https://clinic.example', version: '1.0.0' });
  const page = apiPage(document, []);
  const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);

  test('shows every route, every code and every shape', () => {
    for (const name of routes.keys()) expect(ids).toContain(name);
    for (const code of Object.keys(problems)) expect(ids).toContain(`problem-${code}`);
    for (const name of ['ClientFrame-send', 'ServerFrame-ack', 'schema-CareRequest', 'openChatSocket'])
      expect(ids).toContain(name);
  });

  test('leads nowhere that is not there', () => {
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
    for (const [, target] of page.matchAll(/aria-(?:labelledby|describedby)="([^"]+)"/g)) expect(ids).toContain(target);
  });

  test('shows a call that can be pasted', () => {
    expect(page).toContain(
      'curl -X POST &#39;https://clinic.example/api/v1/requests&#39; \\\n  -H &#34;Authorization: Bearer $ACCESS_TOKEN&#34;',
    );
  });

  test('answers 304 to who has it, with the policy of the page', async () => {
    const first = await get('/docs');
    const again = await get('/docs', { 'if-none-match': first.headers.get('etag') ?? '' });
    expect(again.status).toBe(304);
    expect(again.headers.get('content-security-policy')).toBe(first.headers.get('content-security-policy'));
  });
});

describe('the mailbox', () => {
  test('shows mails as text and links, and as JSON, to one recipient when asked', async () => {
    const email = 'mailbox@example.org';
    const fullName = '<script>alert(1)</script>';
    await server.api('POST', '/auth/register', { email, password: 'seven quiet otters 42', fullName, role: 'patient' });
    const mail = await eventually('a mail', async () => (await get(`/dev/mailbox.json?to=${email}`)).body.items[0]);
    expect(mail).toMatchObject({
      to: email,
      subject: 'Confirm your address',
      html: expect.stringContaining('<!doctype html>'),
    });
    expect(mail.links).toEqual([expect.stringMatching(/^https:\/\/portal\.openward\.test\/verify-email#token=/)]);
    expect(new Date(mail.sentAt).toISOString()).toBe(mail.sentAt);

    const { body, headers } = await get(`/dev/mailbox?to=${email.toUpperCase()}`);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toContain(`<a href="${mail.links[0]}">`);
    expect(body).toContain('&#60;script&#62;');
    expect(body).not.toContain('<script');
    expect((await get('/dev/mailbox.json?to=nobody@example.org')).body).toEqual({ items: [] });
  });

  test('refuses what no address can be', async () => {
    for (const query of ['to=a&to=b', 'to=%00', `to=${'a'.repeat(400)}`])
      expect((await get(`/dev/mailbox.json?${query}`)).status).toBe(400);
  });
});

test('an asset under another name than its content is asked for again', async () => {
  const { headers } = await get('/assets/openward.css?v=older');
  expect(headers.get('cache-control')).toBe('no-cache');
});

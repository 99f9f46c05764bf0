import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf, eventsOf, jobsAreDone } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { cleanUp } from '../jobs.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0';
const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';

async function logIn({ email, password }: Person, userAgent: string, ip: string) {
  const headers = { 'user-agent': userAgent, 'x-forwarded-for': ip };
  const answer = await server.api('POST', '/auth/tokens', { email, password }, { headers });
  expect(answer.status).toBe(200);
  return answer.body;
}

async function mailsOf({ email }: Person) {
  await jobsAreDone(server.ctx);
  return server.mailbox.mails.filter(({ to, subject }) => to === email && subject === 'A login from a new device');
}

describe('a login', () => {
  it('is no news the first time, nor from the same device and network again', async () => {
    const person = await server.people.patient();
    await logIn(person, firefox, '198.51.100.7');
    await logIn(person, firefox, '198.51.100.200');
    await logIn(person, firefox.replaceAll('132', '133'), '198.51.100.7');
    expect(await mailsOf(person)).toEqual([]);
    expect(await eventsOf(server.ctx, person.id)).toEqual([]);
  });

  it.each([
    ['device', chrome, '198.51.100.7', 'Chrome on Linux'],
    ['network', firefox, '203.0.113.5', 'Firefox on Windows'],
    ['network (IPv6)', firefox, '2001:db8::1', 'Firefox on Windows'],
  ])('from a new %s mails its owner where, when and what to do, once', async (_what, userAgent, ip, device) => {
    const person = await server.people.patient();
    await logIn(person, firefox, '198.51.100.7');
    const { session } = await logIn(person, userAgent, ip);
    await logIn(person, userAgent, ip);
    const mails = await mailsOf(person);
    expect(mails).toHaveLength(1);
    const when = new Date(session.createdAt).toUTCString();
    const [, day, , year, time] = when.split(/[ ,]+/);
    for (const part of [
      device,
      `on ${Number(day)} `,
      `${year} at ${time?.slice(0, 5)} UTC`,
      ip,
      'change your password',
      '/sessions',
    ])
      expect(mails[0]?.text).toContain(part);
    expect(await eventsOf(server.ctx, person.id)).toEqual(['new-device']);
  });

  it('from twenty new places at once is one mail each, and none twice', async () => {
    const person = await server.people.patient();
    await logIn(person, firefox, '198.51.100.7');
    const places = Array.from({ length: 20 }, (_, index) => `203.0.${index % 5}.9`);
    await Promise.all(places.map((ip) => logIn(person, firefox, ip)));
    expect(await mailsOf(person)).toHaveLength(5);
  });

  it('from what was last seen more than 90 days ago is new again, and that is forgotten', async () => {
    const person = await server.people.patient();
    await logIn(person, firefox, '198.51.100.7');
    await logIn(person, chrome, '198.51.100.7');
    expect(await mailsOf(person)).toHaveLength(1);
    await server.ctx.db.execute(
      sql`UPDATE known_devices SET last_seen_at = now() - interval '91 days' WHERE account_id = ${person.id} AND device LIKE 'Firefox%'`,
    );
    await logIn(person, firefox, '198.51.100.7');
    expect(await mailsOf(person)).toHaveLength(2);
    await server.ctx.db.execute(
      sql`UPDATE known_devices SET last_seen_at = now() - interval '91 days' WHERE account_id = ${person.id}`,
    );
    await cleanUp(server.ctx);
    const left = sql`SELECT count(*) AS n FROM known_devices WHERE account_id = ${person.id}`;
    expect(await countOf(server.ctx, left)).toBe(0);
  });

  it('with a User-Agent full of markup shows none of it in the list or in the mail', async () => {
    const person = await server.people.patient();
    await logIn(person, firefox, '198.51.100.7');
    const { accessToken } = await logIn(person, '<img src=x onerror=alert(1)>/1.0', '198.51.100.7');
    const headers = { authorization: `Bearer ${accessToken}` };
    const { items } = (await server.api('GET', '/auth/sessions', undefined, { headers })).body;
    expect(items.find((item: { current: boolean }) => item.current).device).toBe('Unknown device');
    const [mail] = await mailsOf(person);
    expect(mail?.html).toContain('unknown device');
    expect(mail?.html).not.toContain('onerror');
  });
});

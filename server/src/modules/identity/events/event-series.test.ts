import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '#server/limits.ts';
import { countOf, eventsOf, jobsAreDone } from '../../../../test/database.ts';
import { goodPassword } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';

let server: TestServer;
beforeAll(async () => {
  const named = [
    'series.login-failed.account',
    'series.login-failed.address',
    'series.wrong-role.account',
    'login-alert.account',
  ] as const;
  server = await startTestServer({ limits: Object.fromEntries(named.map((name) => [name, limits[name]])) });
});
afterAll(() => server.stop());

const times = (count: number) => Array.from({ length: count }, (_, index) => index);
let addresses = 0;
const anotherAddress = () => `198.51.100.${++addresses}`;

function logIn(email: string, ip: string, password = 'eleven wrong words 11') {
  return server.api('POST', '/auth/tokens', { email, password }, { headers: { 'x-forwarded-for': ip } });
}

function seriesOf(ip: string): Promise<number> {
  return countOf(
    server.ctx,
    sql`SELECT count(*) AS n FROM security_events
        WHERE kind = 'login-failures-in-series' AND account_id IS NULL AND ip = ${ip}`,
  );
}

describe('failed logins on one account', () => {
  const inARow = limits['series.login-failed.account'].points;

  it('are one event and one mail to the owner, however many follow and wherever they come from', async () => {
    const { id, email } = await server.people.patient();
    for (const _ of times(inARow - 1)) await logIn(email, anotherAddress());
    expect(await eventsOf(server.ctx, id)).toEqual(times(inARow - 1).map(() => 'login-failed'));
    await Promise.all(times(inARow).map(() => logIn(email, anotherAddress())));
    const events = await eventsOf(server.ctx, id);
    expect(events.filter((kind) => kind === 'login-failures-in-series')).toHaveLength(1);
    const { text } = await server.mailbox.waitFor(email, 'Several failed logins');
    expect(text).toContain('Your account is not locked');
    await jobsAreDone(server.ctx);
    expect(server.mailbox.mails.filter(({ to }) => to === email)).toHaveLength(1);
  });

  it('do not lock the owner out', async () => {
    const { email } = await server.people.patient();
    for (const _ of times(inARow + 2)) await logIn(email, anotherAddress());
    expect((await logIn(email, anotherAddress(), goodPassword)).status).toBe(200);
  });
});

describe('failed logins from one address', () => {
  const inARow = limits['series.login-failed.address'].points;

  it('are one event, whether the accounts exist or not', async () => {
    const ip = anotherAddress();
    const known = await Promise.all(times(inARow / 2).map(() => server.people.patient()));
    const emails = [...known.map(({ email }) => email), ...times(inARow / 2).map((n) => `nobody.${n}@example.org`)];
    for (const email of emails.slice(1)) await logIn(email, ip);
    expect(await seriesOf(ip)).toBe(0);
    await Promise.all(emails.map((email) => logIn(email, ip)));
    expect(await seriesOf(ip)).toBe(1);
  });

  it('are none where many people behind one address mistype once and then get it right', async () => {
    const clinic = anotherAddress();
    const people = await Promise.all(times(inARow - 1).map(() => server.people.patient()));
    for (const { email } of people) {
      await logIn(email, clinic);
      expect((await logIn(email, clinic, goodPassword)).status).toBe(200);
    }
    expect(await seriesOf(clinic)).toBe(0);
  });
});

describe('calls of what another role is for', () => {
  const inARow = limits['series.wrong-role.account'].points;

  it('are role probing when they come in a row, and nothing below that', async () => {
    const { id, api } = await server.people.patient();
    for (const _ of times(inARow - 1)) expect((await api('GET', '/admin/users')).status).toBe(403);
    expect(await eventsOf(server.ctx, id)).toEqual([]);
    await Promise.all(times(inARow).map(() => api('GET', '/admin/audit')));
    expect(await eventsOf(server.ctx, id)).toEqual(['role-probing']);
    const admin = await server.people.admin();
    const { body } = await admin.api('GET', `/admin/security-events?subjectId=${id}`);
    expect(body.items[0]).toMatchObject({ kind: 'role-probing', accountId: id, details: { role: 'patient' } });
  });

  it('do not count what an unapproved doctor tries: that door will be theirs', async () => {
    const { id, api } = await server.people.doctor({ approved: false });
    for (const _ of times(inARow + 1)) expect((await api('GET', '/requests')).body.code).toBe('doctor-not-approved');
    expect(await eventsOf(server.ctx, id)).toEqual([]);
  });
});

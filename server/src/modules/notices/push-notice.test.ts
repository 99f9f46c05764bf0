import { sql } from 'drizzle-orm';
import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { createSubscriber, type PushService, startPushService } from '../../../test/push-service.ts';
import { actorFor } from '../appointments/test-support.ts';
import { notify } from './notify.ts';
import { pushNotice } from './push-notice.ts';
import { addPushSubscription } from './push-subscriptions.ts';

let server: TestServer;
let service: PushService;
beforeAll(async () => {
  service = await startPushService();
  server = await startTestServer({ environment: { PUSH_TEST_ORIGIN: service.origin } });
});
afterAll(async () => {
  await server.stop();
  await service.stop();
});

const subscribe = (person: Person, body: object) => person.api('POST', '/me/push-subscriptions', body);

const subscriptionsOf = async (person: Person) => (await person.api('GET', '/me/push-subscriptions')).body.items;

const pushesTo = (path: string) => service.received.filter((push) => push.path === path);

/** Without its job, which is a worker as well. */
async function notice(person: Person): Promise<string> {
  const [row] = await rowsOf<{ id: string }>(
    server.ctx,
    sql`INSERT INTO notifications (id, account_id, kind) VALUES (gen_random_uuid(), ${person.id}, 'request-accepted') RETURNING id`,
  );
  return row?.id ?? '';
}

describe('a push', () => {
  it('reaches the browser encrypted for it alone, signed by this server, in the language of the account, with ids and kinds only', async () => {
    const patient = await server.people.patient();
    const browser = createSubscriber();
    const { status, body } = await subscribe(patient, browser.subscription);
    expect([status, body]).toMatchObject([201, { service: 'updates.push.services.mozilla.com', current: true }]);
    expect(JSON.stringify(body)).not.toContain(browser.path);
    await patient.api('PATCH', '/me', { language: 'es' });
    await notify(server.ctx, { accountId: patient.id, kind: 'request-accepted', requestId: patient.id });
    const [push] = await eventually('the push', () => {
      const found = pushesTo(browser.path);
      return found.length > 0 && found;
    });
    const [notice] = (await patient.api('GET', '/notifications')).body.items;
    expect(browser.read(push?.body ?? Buffer.alloc(0))).toEqual({
      id: notice.id,
      kind: 'request-accepted',
      path: `/requests/${patient.id}`,
      language: 'es',
    });
    expect(push?.headers).toMatchObject({ 'content-encoding': 'aes128gcm', urgency: 'normal' });
    expect(Number(push?.headers['ttl'])).toBeGreaterThan(0);
    const [, token = '', key = ''] =
      /^vapid t=([^,\s]+),\s*k=(\S+)$/i.exec(String(push?.headers['authorization'])) ?? [];
    expect(key).toBe((await patient.api('GET', '/me/push-subscriptions')).body.publicKey);
    const point = Buffer.from(key, 'base64url');
    const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')];
    const verified = await jwtVerify(token, await importJWK({ kty: 'EC', crv: 'P-256', x, y }, 'ES256'));
    expect(decodeProtectedHeader(token).alg).toBe('ES256');
    expect(verified.payload).toMatchObject({
      aud: 'https://updates.push.services.mozilla.com',
      sub: expect.stringMatching(/^mailto:/),
    });
  });

  it('is sent at most once to each browser by many workers, in a hundred trials', async () => {
    const patient = await server.people.patient();
    const browser = createSubscriber();
    const subscriptionId = (await subscribe(patient, browser.subscription)).body.id;
    for (let trial = 0; trial < 100; trial += 1) {
      const notificationId = await notice(patient);
      const push = () => pushNotice(server.ctx, { notificationId, subscriptionId });
      const outcomes = await Promise.allSettled([push(), push(), push(), push(), push()]);
      expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
      await push();
      expect(pushesTo(browser.path)).toHaveLength(trial + 1);
    }
  });

  it.each([404, 410, 403])('that is answered %i makes the browser forgotten', async (answer) => {
    const patient = await server.people.patient();
    const browser = createSubscriber();
    service.answers.set(browser.path, answer);
    await subscribe(patient, browser.subscription);
    await notify(server.ctx, { accountId: patient.id, kind: 'request-accepted' });
    await eventually('it is gone', async () => (await subscriptionsOf(patient)).length === 0);
  });

  it('that the service does not take now is tried again, and a redirect is followed nowhere', async () => {
    const patient = await server.people.patient();
    const browser = createSubscriber();
    const { body } = await subscribe(patient, browser.subscription);
    const notificationId = await notice(patient);
    const push = () => pushNotice(server.ctx, { notificationId, subscriptionId: body.id });
    for (const answer of [503, 429, 302]) {
      service.answers.set(browser.path, answer);
      await expect(push()).rejects.toThrow(String(answer));
    }
    service.answers.delete(browser.path);
    await push();
    await push();
    expect(pushesTo(browser.path)).toHaveLength(4);
    expect(await subscriptionsOf(patient)).toHaveLength(1);
  });

  it('is not sent for what has been read, to a session that has ended, nor to who wants none', async () => {
    const [patient, gone, quiet] = await Promise.all([1, 2, 3].map(() => server.people.patient()));
    if (patient === undefined || gone === undefined || quiet === undefined) throw new Error('three people');
    const push = async (person: Person, before: (id: string) => Promise<unknown>) => {
      const browser = createSubscriber();
      const { body } = await subscribe(person, browser.subscription);
      const notificationId = await notice(person);
      await before(notificationId);
      await pushNotice(server.ctx, { notificationId, subscriptionId: body.id });
      return pushesTo(browser.path).length;
    };
    expect(await push(patient, (id) => patient.api('PUT', '/notifications/read', { ids: [id] }))).toBe(0);
    expect(await push(gone, () => gone.api('POST', '/auth/logout'))).toBe(0);
    await quiet.api('PUT', '/me/notification-preferences', { items: [{ kind: 'request-accepted', push: false }] });
    await subscribe(quiet, createSubscriber().subscription);
    await notify(server.ctx, { accountId: quiet.id, kind: 'request-accepted' });
    const jobs = sql`SELECT id FROM jobs.job WHERE name = 'notices.push' AND data->>'notificationId' IN (SELECT id::text FROM notifications WHERE account_id = ${quiet.id})`;
    expect(await rowsOf(server.ctx, jobs)).toEqual([]);
  });
});

describe('a subscription', () => {
  it.each([
    ['http', 'http://updates.push.services.mozilla.com/x'],
    ['another host', 'https://example.org/x'],
    ['a host that only ends alike', 'https://evilfcm.googleapis.com.example.org/x'],
    ['a name that only ends alike', 'https://evilpush.services.mozilla.com/x'],
    ['an address of this machine', 'https://127.0.0.1/x'],
    ['an address of a network within', 'https://[fd00::1]/x'],
    ['a metadata service', 'https://169.254.169.254/latest'],
    ['another port', 'https://fcm.googleapis.com:8443/x'],
    ['a name and password', 'https://a:b@fcm.googleapis.com/x'],
    ['no address', 'fcm.googleapis.com'],
  ])('with %s is refused by name', async (_what, endpoint) => {
    const patient = await server.people.patient();
    const { status, body } = await subscribe(patient, { ...createSubscriber().subscription, endpoint });
    expect([status, body.errors?.[0]?.path]).toEqual([400, 'endpoint']);
    expect(await subscriptionsOf(patient)).toEqual([]);
  });

  it('of one more than ten ends the oldest, and again is the same', async () => {
    const patient = await server.people.patient();
    const browsers = Array.from({ length: 11 }, () => createSubscriber('https://fcm.googleapis.com'));
    const made: string[] = [];
    for (const { subscription } of browsers) made.push((await subscribe(patient, subscription)).body.id);
    const kept = (await subscriptionsOf(patient)).map(({ id }: { id: string }) => id);
    expect(kept).toEqual(made.slice(1));
    const again = await subscribe(patient, browsers[10]?.subscription ?? {});
    expect(again.body.id).toBe(made[10]);
    expect(await subscriptionsOf(patient)).toHaveLength(10);
  });

  it('moves with the browser to whoever uses it now, and is removed by its owner alone', async () => {
    const [one, other] = await Promise.all([server.people.patient(), server.people.patient()]);
    const { subscription } = createSubscriber();
    await subscribe(one, subscription);
    const { body } = await subscribe(other, subscription);
    expect(await subscriptionsOf(one)).toEqual([]);
    expect((await one.api('DELETE', `/me/push-subscriptions/${body.id}`)).status).toBe(404);
    expect((await other.api('DELETE', `/me/push-subscriptions/${body.id}`)).status).toBe(204);
    expect(await subscriptionsOf(other)).toEqual([]);
  });

  it('is not kept for an account that was deleted after the call was let in', async () => {
    const [patient, admin] = [await server.people.patient(), await server.people.admin()];
    await admin.api('DELETE', `/admin/users/${patient.id}`, { reason: 'Asked for it' });
    const { subscription } = createSubscriber();
    await expect(addPushSubscription(server.ctx.as(actorFor(patient, 'patient')), subscription)).rejects.toMatchObject({
      code: 'session-ended',
    });
    const kept = sql`SELECT id FROM push_subscriptions WHERE account_id = ${patient.id}`;
    expect(await rowsOf(server.ctx, kept)).toEqual([]);
  });

  it('is refused where this server sends no pushes', async () => {
    const quiet = await server.addNode({ roles: ['api'], environment: { PUSH_SERVICES: 'none' } });
    const patient = await server.people.logIn(await server.people.patient(), quiet.url);
    expect((await patient.api('GET', '/me/push-subscriptions')).body.publicKey).toBeNull();
    const { status, body } = await subscribe(patient, createSubscriber().subscription);
    expect([status, body.code]).toEqual([409, 'push-unavailable']);
  });
});

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Person } from '../../server/test/factories.ts';
import { desktop, eventually, needsChromium, type Portal, startPortal } from './portal.ts';

describe.runIf(needsChromium('notices-journey.test.ts'))('what people are told, in a real browser', () => {
  let portal: Portal;
  beforeAll(async () => {
    portal = await startPortal();
  });
  afterAll(() => portal?.stop());

  async function treated(): Promise<{ id: string; patient: Person; doctor: Person; colleague: Person }> {
    const { people } = portal.server;
    const [patient, doctor, colleague] = await Promise.all([
      people.patient({ fullName: 'Ana Nova' }),
      people.doctor({ fullName: 'Otto Giver' }),
      people.doctor({ fullName: 'Maximiliana Taker-Obernolte', specialty: 'neurology' }),
    ]);
    const body = { doctorId: doctor.id, complaint: 'A cough', urgency: 'routine' };
    const { id } = (await patient.api('POST', '/requests', body)).body;
    await doctor.api('POST', `/requests/${id}/accept`);
    await eventually('the room', async () => (await doctor.api('GET', `/rooms/${id}`)).status === 200);
    return { id, patient, doctor, colleague };
  }

  /** Somebody who is banned has said something against it. */
  async function appealed(admin: Person): Promise<void> {
    const { api, people } = portal.server;
    const { id, email, password } = await people.patient({ fullName: 'Bea Blocked' });
    await admin.api('POST', `/admin/users/${id}/ban`, { reason: 'Insulted a patient', durationMinutes: 60 });
    const { appealToken: token } = (await api('POST', '/auth/tokens', { email, password })).body;
    expect((await api('POST', '/auth/ban-appeal', { token, text: 'That was not me.' })).status).toBe(201);
  }

  test('at a desktop and a phone every page of it is accessible and no wider than the screen', async () => {
    const { id, patient, doctor, colleague } = await treated();
    await doctor.api('POST', `/requests/${id}/transfer`, { doctorId: colleague.id, note: 'Needs another eye' });
    const visit = async (person: Person, paths: string[]) => {
      const visitor = await portal.visitAs(person, { viewport: desktop });
      for (const path of paths) {
        await visitor.open(path);
        await visitor.page.locator('main li, main form, main section, main table').first().waitFor();
        await portal.checkBothSizes(visitor.page);
      }
      await visitor.leave();
    };
    await visit(patient, ['/notifications', '/notification-settings', `/requests/${id}`]);
    await patient.api('POST', `/requests/${id}/transfer/consent`);
    await visit(colleague, ['/transfers', `/transfers/${id}`]);
    const admin = await portal.server.people.admin();
    await appealed(admin);
    await visit(admin, ['/admin/stats', '/admin/users', '/admin/appeals']);
  });

  test('the bell says how many are new, the list leads to what happened, and preferences stay as chosen', async () => {
    const { id, patient } = await treated();
    const visitor = await portal.visitAs(patient);
    const { page } = visitor;
    await visitor.open('/requests');
    await page.getByRole('banner').getByRole('link', { name: 'Notifications' }).click();
    await page.getByRole('img', { name: '1 new notification' }).waitFor();
    await page.getByRole('link', { name: 'A doctor has taken your request' }).click();
    await page.waitForURL(`**/requests/${id}`);
    await page.getByRole('img', { name: '1 new notification' }).waitFor({ state: 'detached' });
    await visitor.open('/notification-settings');
    await page.getByLabel('You have a new message: by mail').uncheck();
    await page.getByLabel('Language of our mails').selectOption('Deutsch');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    expect((await patient.api('GET', '/me')).body.language).toBe('de');
    const { items } = (await patient.api('GET', '/me/notification-preferences')).body;
    expect(items).toContainEqual({ kind: 'new-message', mail: false, push: true, fixed: false });
    await visitor.leave();
  });

  test('a push shows that there is news, in the language of the account, and not what it is, and opens the page', async () => {
    const { id, patient } = await treated();
    const visitor = await portal.visitAs(patient, { serviceWorkers: 'allow', permissions: ['notifications'] });
    const { page, context } = visitor;
    await visitor.open('/requests');
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
    await page.evaluate(async () => void (await navigator.serviceWorker.ready));
    // As the browser would, with what the server sends: the push service alone is left out.
    const shown = await worker.evaluate(async (requestId) => {
      const scope = globalThis as unknown as {
        registration: { getNotifications(): Promise<{ title: string; body: string; data: { path: string } }[]> };
        dispatchEvent(event: Event): boolean;
        PushEvent: new (type: string, init: object) => Event & { waitUntil: unknown };
      };
      const path = `/requests/${requestId}`;
      const data = JSON.stringify({ id: 'x', kind: 'request-accepted', path, language: 'de' });
      scope.dispatchEvent(new scope.PushEvent('push', { data }));
      for (let n = 0; n < 100; n += 1) {
        const found = await scope.registration.getNotifications();
        if (found.length > 0) return found.map(({ title, body, data }) => ({ title, body, path: data.path }));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return [];
    }, id);
    expect(shown).toEqual([{ title: 'Openward', body: 'Es gibt Neues für Sie.', path: `/requests/${id}` }]);
    await visitor.leave();
  });

  test('a handover: proposed, consented to, taken', async () => {
    const { id, patient, doctor, colleague } = await treated();
    const [giver, asked, taker] = await Promise.all([
      portal.visitAs(doctor, { viewport: desktop }),
      portal.visitAs(patient),
      portal.visitAs(colleague),
    ]);
    await giver.open(`/consultations/${id}`);
    await giver.page.getByRole('button', { name: 'Hand over' }).click();
    const dialog = giver.page.getByRole('dialog');
    await dialog.getByLabel('Find a colleague').fill('Taker');
    await dialog.locator(`input[value="${colleague.id}"]`).check();
    await dialog.getByLabel('What your colleague should know').fill('Needs another eye');
    await portal.checkAccessibility(giver.page);
    await dialog.getByRole('button', { name: 'Propose' }).click();
    await giver.page.getByText('Waiting for the patient’s consent').waitFor();

    await asked.open(`/requests/${id}`);
    await asked.page.getByText('reads your whole conversation').waitFor();
    await asked.page.getByText('Needs another eye').waitFor();
    await asked.page.getByRole('button', { name: 'I consent' }).click();
    await asked.page.getByText('You have consented').waitFor();

    await taker.open('/transfers');
    await taker.page.getByRole('link', { name: 'Ana Nova' }).click();
    await taker.page.getByText('Needs another eye').waitFor();
    await taker.page.getByRole('button', { name: 'Take over' }).click();
    await taker.page.waitForURL(`**/consultations/${id}`);
    await asked.page.getByRole('heading', { name: /Maximiliana/ }).waitFor();
    for (const visitor of [giver, asked, taker]) await visitor.leave();
  });

  test('somebody banned asks for it to be looked at again, and an admin answers', async () => {
    const { people } = portal.server;
    const [person, admin] = await Promise.all([people.patient({ fullName: 'Bo Banned' }), people.admin()]);
    await admin.api('POST', `/admin/users/${person.id}/ban`, { reason: 'Insulted', durationMinutes: 60 });
    const [visitor, boss] = [await portal.visit(), await portal.visitAs(admin, { viewport: desktop })];
    const { page } = visitor;
    const logIn = async () => {
      await visitor.open('/login');
      await page.getByLabel('Email').fill(person.email);
      await page.getByLabel('Password', { exact: true }).fill(person.password);
      await page.getByRole('main').getByRole('button', { name: 'Log in', exact: true }).click();
    };
    await logIn();
    await page.getByRole('link', { name: 'Ask for the block to be looked at again' }).click();
    await page.getByLabel('What you have to say').fill('It was not me.');
    expect(page.url()).not.toContain('token');
    await portal.checkAccessibility(page);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('We have it.').waitFor();

    await boss.open('/notifications');
    await boss.page.getByRole('link', { name: 'An appeal against a block' }).click();
    await boss.page.getByText('It was not me.').waitFor();
    await boss.page.getByRole('button', { name: 'Answer' }).click();
    const dialog = boss.page.getByRole('dialog');
    await dialog.getByLabel('Keep the block').check();
    await dialog.getByLabel('What the person is told').fill('We looked again.');
    await portal.checkAccessibility(boss.page);
    await dialog.getByRole('button', { name: 'Decide and send' }).click();
    await boss.page.getByText('Answered on').waitFor();
    await logIn();
    await page.getByText('We looked again.').waitFor();
    await visitor.leave();
    await boss.leave();
  });

  test('an admin takes a report along', async () => {
    const visitor = await portal.visitAs(await portal.server.people.admin(), { viewport: desktop });
    await visitor.open('/admin/stats?from=2026-01-01&to=2026-01-31');
    const [download] = await Promise.all([
      visitor.page.waitForEvent('download'),
      visitor.page.getByRole('link', { name: 'Waiting times as CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(
      /^openward-waiting-2026-01-01-2026-02-01\.csv$|^openward-waiting-.*\.csv$/,
    );
    expect(await readFile(await download.path(), 'utf8')).toContain('specialty,urgency,requests');
    await visitor.leave();
  });
});

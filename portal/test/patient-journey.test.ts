import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, needsChromium, type Portal, startPortal } from './portal.ts';

/** What is asked arrives, and its answer does not. @returns what ends it. */
async function loseAnswers(page: Page): Promise<() => Promise<void>> {
  const asking = '**/api/v1/requests';
  await page.route(asking, async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    await route.fetch();
    await route.abort();
  });
  return () => page.unroute(asking);
}

describe.runIf(needsChromium('patient-journey.test.ts'))('a patient, in a real browser', () => {
  let portal: Portal;
  beforeAll(async () => {
    portal = await startPortal();
  });
  afterAll(() => portal?.stop());

  test('loses no sentence of a complaint when the tab closes, and leaves none to who logs in next', async () => {
    const [patient, other] = [await portal.server.people.patient(), await portal.server.people.patient()];
    await portal.server.people.doctor({ specialty: 'cardiology' });
    const visitor = await portal.visitAs(patient);
    const first = visitor.page;
    await visitor.open('/ask?specialty=cardiology');
    await first.getByRole('button', { name: 'Continue' }).click();
    await first.getByLabel('What is wrong?').fill('It began on Mon');
    await first.close();
    const page = await visitor.context.newPage();
    await page.goto('/ask?specialty=cardiology');
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await page.getByLabel('What is wrong?').inputValue()).toBe('It began on Mon');
    await page.getByRole('button', { name: 'Account and settings' }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await page.getByRole('main').getByRole('link', { name: 'Log in' }).first().click();
    await page.getByLabel('Email address').fill(other.email);
    await page.getByLabel('Password', { exact: true }).fill(other.password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('heading', { name: 'My requests' }).waitFor();
    const kept = await page.evaluate(() => JSON.stringify(localStorage));
    expect(kept).not.toContain('Mon');
    await visitor.leave();
  });

  test('one request comes of one question, though its answer is lost and the steps are walked again', async () => {
    const patient = await portal.server.people.patient();
    await portal.server.people.doctor({ specialty: 'cardiology' });
    const visitor = await portal.visitAs(patient);
    const { page } = visitor;
    const next = page.getByRole('button', { name: 'Continue' });
    const send = page.getByRole('button', { name: 'Send the request' });
    const arriveAgain = await loseAnswers(page);
    await visitor.open('/ask?specialty=cardiology');
    await next.click();
    await page.getByLabel('What is wrong?').fill('My heart races.');
    await page.getByText('Can wait', { exact: true }).click();
    await next.click();
    await send.click();
    await page.getByText('We cannot reach the server').waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByLabel('What is wrong?').fill('My heart races at night.');
    await next.click();
    await arriveAgain();
    await send.click();
    await page.getByText('An earlier version of this has reached us').waitFor();
    await portal.checkAccessibility(page);
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByLabel('What is wrong?').fill('My heart races.');
    await next.click();
    await send.click();
    await page.waitForURL('**/requests/*');
    const { items } = (await patient.api('GET', '/requests')).body;
    expect(items.map(({ complaint }: { complaint: string }) => complaint)).toEqual(['My heart races.']);
    visitor.complaints.splice(0);
    await visitor.leave();
  });

  test('one request comes of one question, though its answer is lost and the page is loaded anew', async () => {
    const patient = await portal.server.people.patient();
    await portal.server.people.doctor({ specialty: 'cardiology' });
    const visitor = await portal.visitAs(patient);
    const { page } = visitor;
    const next = page.getByRole('button', { name: 'Continue' });
    const ask = async () => {
      await visitor.open('/ask?specialty=cardiology');
      await next.click();
      const complaint = page.getByLabel('What is wrong?');
      if ((await complaint.inputValue()) === '') await complaint.fill('My heart races.');
      await page.getByText('Can wait', { exact: true }).click();
      await next.click();
      await page.getByRole('button', { name: 'Send the request' }).click();
    };
    const complaints = async () =>
      (await patient.api('GET', '/requests')).body.items.map(({ complaint }: { complaint: string }) => complaint);
    const arriveAgain = await loseAnswers(page);
    await ask();
    await page.getByText('We cannot reach the server').waitFor();
    await arriveAgain();
    await ask();
    await page.waitForURL('**/requests/*');
    expect(await complaints()).toEqual(['My heart races.']);
    await ask();
    await page.waitForURL('**/requests/*');
    expect(await complaints()).toEqual(['My heart races.', 'My heart races.']);
    visitor.complaints.splice(0);
    await visitor.leave();
  });

  test('whoever goes on while a question is on its way stays there, and is told that it was sent', async () => {
    const patient = await portal.server.people.patient();
    await portal.server.people.doctor({ specialty: 'cardiology' });
    const visitor = await portal.visitAs(patient);
    const { page } = visitor;
    const next = page.getByRole('button', { name: 'Continue' });
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    await page.route('**/api/v1/requests', async (route) => {
      if (route.request().method() === 'POST') await held;
      await route.continue();
    });
    await visitor.open('/ask?specialty=cardiology');
    await next.click();
    await page.getByLabel('What is wrong?').fill('My heart races.');
    await page.getByText('Can wait', { exact: true }).click();
    await next.click();
    await page.getByRole('button', { name: 'Send the request' }).click();
    expect(await page.getByRole('button', { name: 'Back' }).isDisabled()).toBe(true);
    await page.getByRole('link', { name: 'Doctors' }).first().click();
    await page.waitForURL('**/doctors');
    const answered = page.waitForResponse((reply) => reply.request().method() === 'POST' && reply.status() === 201);
    release();
    await answered;
    await page.getByText('Your request has been sent.').waitFor();
    expect(new URL(page.url()).pathname).toBe('/doctors');
    await visitor.open('/ask?specialty=cardiology');
    await next.click();
    expect(await page.getByLabel('What is wrong?').inputValue()).toBe('');
    await visitor.leave();
  });

  test('cancels a request that nobody has taken', async () => {
    const { people } = portal.server;
    const patient = await people.patient();
    const doctor = await people.doctor({ specialty: 'dermatology' });
    const { id } = (
      await patient.api('POST', '/requests', { doctorId: doctor.id, complaint: 'A rash.', urgency: 'routine' })
    ).body;
    const visitor = await portal.visitAs(patient);
    const { page } = visitor;
    await visitor.open(`/requests/${id}`);
    await page.getByRole('button', { name: 'Cancel this request' }).click();
    await page.getByLabel('Why?').fill('It is gone.');
    await portal.checkAccessibility(page);
    await page.getByRole('button', { name: 'Cancel the request' }).click();
    await page.getByText('Cancelled', { exact: true }).waitFor();
    await eventually('it is cancelled', async () => {
      return (await patient.api('GET', `/requests/${id}`)).body.status === 'cancelled';
    });
    await visitor.leave();
  });

  test('finds a doctor: filters stand in the address, every page is accessible at a desktop and a phone', async () => {
    const { people } = portal.server;
    const [patient, doctor] = await Promise.all([people.patient(), people.doctor({ specialty: 'neurology' })]);
    const { fullName } = (await patient.api('GET', `/doctors/${doctor.id}`)).body;
    const visitor = await portal.visitAs(patient);
    const { page } = visitor;
    await visitor.open('/doctors');
    await page.getByLabel('Specialty').selectOption('neurology');
    await page.getByLabel('Name', { exact: false }).first().pressSequentially(fullName.slice(0, 5));
    await expect.poll(() => page.url()).toContain('specialty=neurology');
    const typed = encodeURIComponent(fullName.slice(0, 5)).replace('%20', '+');
    await expect.poll(() => page.url()).toContain(`q=${typed}`);
    await page.getByLabel('City').pressSequentially('porto');
    await page.getByLabel('Country').pressSequentially('PORTUGAL');
    await page.getByLabel('New requests').selectOption('true');
    for (const filter of ['city=porto', 'country=PORTUGAL', 'accepting=true']) {
      await expect.poll(() => page.url()).toContain(filter);
    }
    await portal.checkBothSizes(page);
    await page.getByRole('link', { name: fullName }).first().click();
    await page.getByRole('heading', { name: 'About' }).waitFor();
    await page.getByText('Nobody has rated yet. Only patients can').waitFor();
    await portal.checkBothSizes(page);
    await page.getByRole('link', { name: 'Ask this doctor' }).click();
    await page.getByLabel('What is wrong?').waitFor();
    await page.goBack();
    await page.goBack();
    await expect.poll(() => page.getByLabel('Specialty').inputValue()).toBe('neurology');
    await visitor.leave();
  });
});

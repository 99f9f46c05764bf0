import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, needsChromium, type Portal, startPortal } from './portal.ts';

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

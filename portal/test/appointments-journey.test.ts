import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDue } from '../../server/src/modules/appointments/keep-time.ts';
import { beginsIn, book, bookOne, openDoctor } from '../../server/src/modules/appointments/test-support.ts';
import { desktop, needsChromium, type Portal, phone, startPortal } from './portal.ts';

describe.runIf(needsChromium('appointments-journey.test.ts'))('appointments, in a real browser', () => {
  let portal: Portal;
  beforeAll(async () => {
    portal = await startPortal();
  });
  afterAll(() => portal?.stop());

  test('a patient at a phone in another zone books a free time, moves it, takes it to the calendar and cancels', async () => {
    const { people } = portal.server;
    const [patient, doctor] = await Promise.all([people.patient(), openDoctor(portal.server, { noticeMinutes: 4320 })]);
    const visitor = await portal.visitAs(patient, { viewport: phone, timezoneId: 'America/New_York' });
    const { page } = visitor;
    await visitor.open(`/doctors/${doctor.id}`);
    await page.getByText('All times in your time zone: America/New York').waitFor();
    await page.getByRole('group', { name: 'Day', exact: true }).getByRole('button').nth(2).click();
    const times = page.getByRole('group', { name: /^Free times on/ }).getByRole('button');
    const time = await times.nth(3).textContent();
    await portal.checkAccessibility(page);
    await times.nth(3).click();
    await page.getByLabel('What is wrong?').fill('A rash on the arm.');
    await page.getByText('Can wait', { exact: true }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Book the appointment' }).click();
    await page.getByText('The conversation opens shortly before it begins.').waitFor();
    await portal.checkAccessibility(page);
    const [appointment] = (await patient.api('GET', '/appointments')).body.items;
    const shown = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'America/New_York' });
    expect(shown.format(new Date(appointment.startsAt))).toBe(time);

    await page.getByRole('button', { name: 'Move', exact: true }).click();
    await page
      .getByRole('dialog')
      .getByRole('group', { name: /^Free times on/ })
      .getByRole('button')
      .nth(1)
      .click();
    await portal.checkAccessibility(page);
    await page.getByRole('button', { name: /^Move to/ }).click();
    await page.getByText('The appointment is moved.').waitFor();
    const moved = (await patient.api('GET', `/appointments/${appointment.id}`)).body;
    expect([moved.startsAt === appointment.startsAt, moved.movesLeft]).toEqual([false, 2]);

    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Add to calendar' }).click();
    expect((await download).suggestedFilename()).toBe('appointment.ics');

    await visitor.open('/appointments');
    await page.getByRole('link', { name: doctor.fullName }).waitFor();
    await portal.checkAccessibility(page);
    const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(tooWide).toBeLessThanOrEqual(0);
    await page.getByRole('link', { name: doctor.fullName }).click();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel the appointment' }).click();
    await page.getByText('Cancelled', { exact: true }).waitFor();
    await visitor.leave();
  });

  test('whoever is asked to consent to a handover reads that the appointment goes, unless it is over', async () => {
    const { server } = portal;
    const [patient, from, to] = await Promise.all([server.people.patient(), openDoctor(server), openDoctor(server)]);
    const { id, requestId } = await bookOne(patient, from);
    await beginsIn(server.ctx, id, '5 minutes');
    await openDue(server.ctx);
    await beginsIn(server.ctx, id, '-10 minutes');
    expect((await from.api('POST', `/requests/${requestId}/transfer`, { doctorId: to.id })).status).toBe(201);
    const visitor = await portal.visitAs(patient);
    const { page } = visitor;
    const goes = page.getByText(`Once ${to.fullName} takes over, it ends`);
    await visitor.open(`/requests/${requestId}`);
    await goes.waitFor();
    await portal.checkBothSizes(page);
    await page.getByRole('button', { name: 'I consent' }).click();
    await page.getByText('You have consented').waitFor();
    await goes.waitFor();
    await beginsIn(server.ctx, id, '-40 minutes');
    await page.reload();
    await page.getByText('You have consented').waitFor();
    expect(await goes.count()).toBe(0);
    await visitor.leave();
  });

  test('a doctor sets the week by keyboard, takes days off, is told what no longer fits, and sees the agenda', async () => {
    const { people } = portal.server;
    const [patient, doctor] = [await people.patient(), await people.doctor()];
    const visitor = await portal.visitAs(doctor, { viewport: desktop, timezoneId: 'Europe/Berlin' });
    const { page } = visitor;
    await visitor.open('/hours');
    const monday = page.getByRole('group', { name: 'Monday' });
    await monday.getByRole('button', { name: 'Add hours on Monday' }).focus();
    await page.keyboard.press('Enter');
    await monday.getByLabel('From').focus();
    await page.keyboard.type('0830');
    await portal.checkBothSizes(page);
    await page.getByRole('button', { name: 'Save the hours' }).press('Enter');
    await page.getByText('Your hours are saved.').waitFor();
    const { hours } = (await doctor.api('GET', '/me/hours')).body;
    expect(hours).toMatchObject({ timeZone: 'Europe/Berlin', weekly: [{ weekday: 1, from: '08:30', to: '12:00' }] });

    const [from, to] = [3, 20].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
    const { items } = (await patient.api('GET', `/doctors/${doctor.id}/slots?from=${from}&to=${to}`)).body;
    const appointment = (await book(patient, doctor, items[0].startsAt)).body;
    const day = appointment.startsAt.slice(0, 10);
    const exception = page.getByRole('form', { name: 'Add this exception' });
    await exception.getByLabel('First day').fill(day);
    await exception.getByRole('button', { name: 'Add this exception' }).click();
    await page.getByText('1 appointment no longer fits your hours').waitFor();
    await portal.checkAccessibility(page);

    // Accepted early, it is neither handed back nor closed past its appointment.
    await doctor.api('POST', `/requests/${appointment.requestId}/accept`);
    await visitor.open(`/consultations/${appointment.requestId}`);
    await page.getByRole('button', { name: 'Hand back' }).click();
    await page.getByRole('heading', { name: 'There is an appointment for this request' }).waitFor();
    await portal.checkAccessibility(page);
    await page.getByRole('link', { name: 'To your appointments' }).click();
    await page.getByRole('link', { name: patient.fullName }).waitFor();
    await portal.checkAccessibility(page);
    await beginsIn(portal.server.ctx, appointment.id, '-15 minutes');
    await page.getByRole('link', { name: patient.fullName }).click();
    await page.getByRole('button', { name: 'Patient did not come' }).click();
    await page.getByRole('button', { name: 'Mark as missed' }).click();
    await page.getByText('Missed', { exact: true }).waitFor();
    await portal.checkAccessibility(page);
    await visitor.leave();
  });
});

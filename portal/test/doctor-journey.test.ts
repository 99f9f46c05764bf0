import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Person } from '../../server/test/factories.ts';
import { desktop, needsChromium, type Portal, startPortal } from './portal.ts';

const finding = {
  title: 'Paroxysmal atrial fibrillation',
  icd10: 'I48.0',
  description: 'An irregular pulse, no sign of heart failure.',
  recommendations: 'Take the tablets twice a day.',
};

describe.runIf(needsChromium('doctor-journey.test.ts'))('a doctor, in a real browser', () => {
  let portal: Portal;
  beforeAll(async () => {
    portal = await startPortal();
  });
  afterAll(() => portal?.stop());

  async function ask(patient: Person, doctor: Person, urgency = 'routine'): Promise<string> {
    const complaint = `My heart races (${urgency}).`;
    const { status, body } = await patient.api('POST', '/requests', { doctorId: doctor.id, complaint, urgency });
    expect(status).toBe(201);
    return body.id;
  }

  async function treat(patient: Person, doctor: Person): Promise<string> {
    const id = await ask(patient, doctor);
    expect((await doctor.api('POST', `/requests/${id}/accept`)).status).toBe(200);
    return id;
  }

  test('who is slower than a colleague is told so kindly and finds the next one at hand', async () => {
    const { people } = portal.server;
    const specialty = 'neurology';
    const [patient, other] = [
      await people.patient({ fullName: 'Ana Lima' }),
      await people.patient({ fullName: 'Bo Berg' }),
    ];
    const doctors = [await people.doctor({ specialty }), await people.doctor({ specialty })];
    const complaint = 'A strong headache.';
    const { id } = (await patient.api('POST', '/requests', { specialty, complaint, urgency: 'urgent' })).body;
    await other.api('POST', '/requests', { specialty, complaint, urgency: 'routine' });
    const visitors = await Promise.all(doctors.map((doctor) => portal.visitAs(doctor)));
    await Promise.all(visitors.map((visitor) => visitor.open(`/inbox/${id}`)));
    const take = visitors.map(({ page }) => page.getByRole('button', { name: 'Take this request' }));
    await Promise.all(take.map((button) => button.waitFor()));
    await Promise.all(take.map((button) => button.click()));
    const outcomes = await Promise.all(
      visitors.map(({ page }) =>
        Promise.any([
          page
            .getByText('A colleague was faster')
            .waitFor()
            .then(() => 'slower'),
          page.waitForURL(`**/consultations/${id}`).then(() => 'faster'),
        ]),
      ),
    );
    expect(outcomes.toSorted()).toEqual(['faster', 'slower']);
    const slower = visitors[outcomes.indexOf('slower')];
    await slower?.page.getByRole('heading', { name: 'Next: Bo Berg' }).waitFor();
    if (slower !== undefined) await portal.checkAccessibility(slower.page);
    await slower?.page.getByRole('link', { name: 'All who wait' }).click();
    await slower?.page.getByRole('link', { name: 'Bo Berg' }).waitFor();
    expect(await slower?.page.getByRole('link', { name: 'Ana Lima' }).count()).toBe(0);
    for (const visitor of visitors) await visitor.leave();
  });

  test('loses no word of a diagnosis when the tab closes in the middle of it', async () => {
    const { people } = portal.server;
    const [patient, doctor] = await Promise.all([people.patient(), people.doctor()]);
    const [id, another] = [await treat(patient, doctor), await treat(patient, doctor)];
    const visitor = await portal.visitAs(doctor);
    await visitor.open(`/consultations/${id}?view=diagnosis`);
    await visitor.page.getByLabel('What was found').fill('The pulse is irreg');
    await visitor.page.getByLabel('ICD-10 code').fill('I48');
    await visitor.page.getByRole('tab', { name: 'Record' }).click();
    await visitor.page.getByText('named no allergies').waitFor();
    await visitor.page.close();
    const page = await visitor.context.newPage();
    await page.goto(`/consultations/${id}?view=diagnosis`);
    expect(await page.getByLabel('What was found').inputValue()).toBe('The pulse is irreg');
    expect(await page.getByLabel('ICD-10 code').inputValue()).toBe('I48');
    await page.goto(`/consultations/${another}?view=diagnosis`);
    expect(await page.getByLabel('What was found').inputValue()).toBe('');
    await visitor.leave();
  });

  test('loses no word of a correction when the mouse leaves the dialog, and is told what closes it', async () => {
    const { people } = portal.server;
    const [patient, doctor] = await Promise.all([people.patient(), people.doctor()]);
    const id = await treat(patient, doctor);
    await doctor.api('POST', `/requests/${id}/diagnoses`, finding);
    const visitor = await portal.visitAs(doctor, { viewport: desktop });
    const { page } = visitor;
    const dialog = page.getByRole('dialog');
    const pressBeside = () => page.mouse.click(20, 20);
    await visitor.open(`/consultations/${id}?view=diagnosis`);
    const open = () => page.getByRole('button', { name: 'Correct' }).click();
    await open();
    const text = dialog.getByLabel('Why is it corrected?');
    // Text is selected from its end to beyond the edge.
    const selectOut = async () => {
      await text.scrollIntoViewIfNeeded();
      const { x = 0, y = 0, width = 0 } = (await text.boundingBox()) ?? {};
      await page.mouse.move(x + width / 2, y + 10);
      await page.mouse.down();
      await page.mouse.move(20, y + 10, { steps: 5 });
      await page.mouse.up();
    };
    await selectOut();
    expect(await dialog.count()).toBe(1);
    // Before anything is entered nothing is lost beside it.
    await pressBeside();
    await dialog.waitFor({ state: 'hidden' });
    await open();
    await text.fill('The code was that of another illness.');
    await selectOut();
    await pressBeside();
    for (let times = 0; times < 2; times++) await page.keyboard.press('Escape');
    await dialog.getByText('What you entered has not been sent').waitFor();
    await portal.checkAccessibility(page);
    expect(await text.inputValue()).toBe('The code was that of another illness.');
    await dialog.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await visitor.leave();
  });

  test('an emergency does not push the list away: it waits behind a button, and comes first', async () => {
    const { people } = portal.server;
    const [patient, doctor] = await Promise.all([people.patient({ fullName: 'Ana Lima' }), people.doctor()]);
    const late = await people.patient({ fullName: 'Bo Berg' });
    await ask(patient, doctor);
    const visitor = await portal.visitAs(doctor);
    const { page } = visitor;
    await visitor.open('/inbox');
    const row = page.getByRole('link', { name: 'Ana Lima' });
    await row.waitFor();
    const before = await row.boundingBox();
    await ask(late, doctor, 'emergency');
    const news = page.getByRole('button', { name: '1 new request, an emergency' });
    await news.waitFor({ timeout: 15_000 });
    expect(await row.boundingBox()).toEqual(before);
    await portal.checkAccessibility(page);
    await news.click();
    await expect.poll(() => page.locator('main li a').allTextContents()).toEqual(['Bo Berg', 'Ana Lima']);
    await visitor.leave();
  });

  test('declines what was sent in person, and hands back what was taken, each with the reason', async () => {
    const { people } = portal.server;
    const [patient, doctor] = await Promise.all([people.patient(), people.doctor()]);
    const [declined, released] = [await ask(patient, doctor), await treat(patient, doctor)];
    const visitor = await portal.visitAs(doctor);
    const { page } = visitor;
    await visitor.open(`/inbox/${declined}`);
    await page.getByRole('button', { name: 'Decline' }).click();
    await page.getByLabel('Reason').fill('Away this week.');
    await portal.checkAccessibility(page);
    await page.getByRole('button', { name: 'Decline the request' }).click();
    await page.getByText('Declined. The patient has been told.').waitFor();
    expect((await patient.api('GET', `/requests/${declined}`)).body.status).toBe('declined');
    await visitor.open(`/consultations/${released}`);
    await page.getByRole('button', { name: 'Hand back' }).click();
    await page.getByLabel('Reason').fill('Not my field.');
    await page.getByRole('button', { name: 'Hand the request back' }).click();
    await page.getByText('Handed back.').waitFor();
    expect((await patient.api('GET', `/requests/${released}`)).body.status).toBe('submitted');
    await visitor.leave();
  });

  test('changes the profile that patients see, and turns new requests off', async () => {
    const doctor = await portal.server.people.doctor();
    const visitor = await portal.visitAs(doctor);
    const { page } = visitor;
    await visitor.open('/doctor-profile');
    await page.getByLabel('About your work').fill('I listen to hearts.');
    await page.getByLabel('Years of experience').fill('12');
    await page.getByLabel('Add a language').selectOption('pt');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. Patients see it now.').waitFor();
    await page.getByRole('switch', { name: 'Patients may ask me' }).click();
    await page.getByText('cannot ask you directly now').waitFor();
    const { body } = await doctor.api('GET', '/me');
    const [bio, experienceYears] = ['I listen to hearts.', 12];
    expect(body.doctor).toMatchObject({ bio, experienceYears, languages: ['pt'], acceptingRequests: false });
    await visitor.leave();
  });

  test('every page at a desktop and a phone: axe finds nothing, nothing is wider than the screen', async () => {
    const { people } = portal.server;
    const fullName = 'Bartholomäus von Falkenhayn-Schmidt zu Oberammergau';
    const [patient, doctor] = await Promise.all([people.patient({ fullName }), people.doctor()]);
    await patient.api('PATCH', '/me', { patient: { allergies: 'Penicillin', phone: '+351 912 345 678' } });
    const past = await treat(patient, doctor);
    await doctor.api('POST', `/requests/${past}/diagnoses`, finding);
    await patient.api('POST', `/requests/${past}/rating`, { stars: 4, comment: 'Listened well.' });
    const id = await treat(patient, doctor);
    await ask(patient, doctor, 'emergency');
    const visitor = await portal.visitAs(doctor, { viewport: desktop });
    const { page } = visitor;
    for (const [path, text] of [
      ['/inbox', fullName],
      ['/consultations', fullName],
      [`/consultations/${id}`, 'on a page of its own'],
      // On the phone a part alone; at a desktop all is beside each other already.
      [`/consultations/${id}?view=record`, 'Paroxysmal'],
      [`/consultations/${past}?view=diagnosis`, 'Add a further diagnosis'],
      ['/doctor-profile', 'Licence number'],
      ['/my-ratings', 'Counts in the list as'],
    ] as const) {
      await visitor.open(path);
      await page.getByText(text).first().waitFor({ timeout: 15_000 });
      await portal.checkBothSizes(page);
    }
    await visitor.leave();
  });

  test('who is not approved yet is told so, and is asked for nothing that is refused', async () => {
    const visitor = await portal.visitAs(await portal.server.people.doctor({ approved: false }));
    const refused: string[] = [];
    visitor.context.on('response', (reply) => {
      if (reply.status() === 403) refused.push(reply.url());
    });
    await visitor.open('/inbox');
    await visitor.page.getByRole('heading', { name: 'Your account awaits approval' }).waitFor();
    await portal.checkAccessibility(visitor.page);
    expect(refused).toEqual([]);
    await visitor.leave();
  });
});

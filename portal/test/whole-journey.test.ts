import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { goodPassword } from '../../server/test/factories.ts';
import { desktop, needsChromium, type Portal, startPortal, type Visitor } from './portal.ts';

const complaint = 'My heart races at night.';
const finding = {
  title: 'Paroxysmal atrial fibrillation',
  icd10: 'I48.0',
  description: 'An irregular pulse, no sign of heart failure.',
  recommendations: 'Take the tablets twice a day.',
};

describe.runIf(needsChromium('whole-journey.test.ts'))('patient, doctor and admin, in three browsers at once', () => {
  let portal: Portal;
  // One for each try: an address is registered once, and what the inbox holds is counted.
  beforeEach(async () => {
    // Mails are kept in the development mailbox, which is a page.
    portal = await startPortal({ environment: { SMTP_URL: undefined } });
  });
  afterEach(() => portal?.stop());

  test('from the registration to the rating and a block: what one does the others see without reloading', async () => {
    const { people } = portal.server;
    const [doctor, admin] = await Promise.all([people.doctor(), people.admin()]);
    const [patients, doctors, admins] = await Promise.all([
      portal.visit(),
      portal.visitAs(doctor, { viewport: desktop }),
      portal.visitAs(admin, { viewport: desktop }),
    ]);
    await Promise.all([doctors.open('/inbox'), admins.open('/admin/stats')]);
    await doctors.page.getByRole('heading', { name: 'Nobody waits' }).waitFor();
    await portal.checkAccessibility(doctors.page);

    await register(patients, 'nina.neu@example.org');
    const id = await ask(patients);
    await take(doctors);
    await talk(patients, doctors);
    await patients.open(`/requests/${id}`);
    await diagnose(doctors);
    await rate(patients);
    await closeIt(doctors);
    const { body } = await doctor.api('GET', `/requests/${id}`);
    expect(body).toMatchObject({
      ...{ status: 'closed', complaint, urgency: 'urgent', diagnoses: [finding] },
      rating: { stars: 4, comment: 'Listened well.' },
    });

    await block(admins);
    await patients.page.getByRole('heading', { name: 'Log in' }).waitFor();
    await patients.page.getByText(/blocked until .*: Insulted the doctor/).waitFor();
    await portal.checkAccessibility(patients.page);
    for (const visitor of [patients, doctors, admins]) await visitor.leave();
  });

  async function register({ page, open }: Visitor, email: string): Promise<void> {
    await open('/');
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByLabel('Your name').fill('Nina Neu');
    await page.getByLabel('Email address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(goodPassword);
    await page.getByRole('button', { name: 'Create my account' }).click();
    await page.getByText(email).waitFor();
    await page.getByRole('link', { name: 'Mailbox' }).click();
    const link = page.getByRole('article').getByRole('link', { name: /verify-email/ });
    // The mail is under way.
    await expect.poll(async () => (await page.reload()) && (await link.count())).toBeGreaterThan(0);
    await link.first().click();
    await page.getByRole('button', { name: 'Confirm the address' }).click();
    await page.getByText('Your address is confirmed').waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Log in' }).click();
    await page.getByLabel('Email address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(goodPassword);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('heading', { name: 'My requests' }).waitFor();
    expect(page.url()).toBe(`${portal.url}/requests`);
  }

  /** In three steps. @returns the request's id. */
  async function ask({ page }: Visitor): Promise<string> {
    await page.getByRole('link', { name: 'Ask a doctor' }).click();
    await page.getByLabel('Specialty').selectOption('cardiology');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByLabel('What is wrong?').fill(complaint);
    await page.getByText('Emergency', { exact: true }).click();
    await page.getByText('call the emergency number').waitFor();
    await page.getByText('Soon', { exact: true }).click();
    await portal.checkAccessibility(page);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText(complaint).waitFor();
    await portal.checkAccessibility(page);
    await page.getByRole('button', { name: 'Send the request' }).click();
    await page.getByText('The doctors of this specialty see your request').waitFor();
    await portal.checkAccessibility(page);
    return page.url().split('/').at(-1) ?? '';
  }

  async function take({ page }: Visitor): Promise<void> {
    await page.getByRole('link', { name: 'Nina Neu' }).waitFor({ timeout: 15_000 });
    await page.getByRole('navigation').getByRole('img', { name: '1 waits' }).first().waitFor();
    await expect.poll(() => page.title()).toBe('(1) Requests – Openward');
    await page.getByRole('link', { name: 'Nina Neu' }).click();
    await page.getByText(complaint).waitFor();
    await portal.checkAccessibility(page);
    await page.getByRole('button', { name: 'Take this request' }).click();
    await page
      .getByRole('link', { name: 'Open the conversation on a page of its own' })
      .first()
      .waitFor({ timeout: 15_000 });
    await portal.checkAccessibility(page);
  }

  async function talk(patients: Visitor, doctors: Visitor): Promise<void> {
    const hear = ({ page }: Visitor, text: string) => page.getByRole('log').getByText(text).waitFor();
    const say = async (visitor: Visitor, text: string) => {
      const box = visitor.page.getByRole('textbox', { name: 'Write a message' });
      await box.fill(text);
      await box.press('Enter');
      await hear(visitor, text);
    };
    await patients.page.getByRole('link', { name: 'To the conversation' }).click({ timeout: 15_000 });
    await say(patients, 'It began on Monday.');
    await hear(doctors, 'It began on Monday.');
    await say(doctors, 'Does it come with pain?');
    await hear(patients, 'Does it come with pain?');
  }

  async function diagnose({ page }: Visitor): Promise<void> {
    await page.getByLabel('Diagnosis', { exact: true }).and(page.getByRole('textbox')).fill(finding.title);
    const code = page.getByLabel('ICD-10 code');
    await code.fill('48I');
    await page.getByLabel('What was found').fill(finding.description);
    await page.getByLabel('What to do now').fill(finding.recommendations);
    await page.getByRole('button', { name: 'Send to the patient' }).click();
    expect(await code.evaluate((input: HTMLInputElement) => input.validationMessage)).toContain('no ICD-10 code');
    await code.fill('i48.0');
    await page.getByRole('button', { name: 'Send to the patient' }).click();
    await page.getByRole('heading', { name: finding.title }).waitFor();
  }

  async function rate({ page }: Visitor): Promise<void> {
    await page.getByRole('heading', { name: finding.title }).waitFor({ timeout: 15_000 });
    await page.getByRole('radio', { name: '4 of 5 stars' }).check({ force: true });
    await page.getByLabel('A few words').fill('Listened well.');
    await portal.checkAccessibility(page);
    await page.getByRole('button', { name: 'Send the rating' }).click();
    await page.getByRole('heading', { name: 'Your rating' }).waitFor();
  }

  async function closeIt({ page }: Visitor): Promise<void> {
    await page.getByRole('button', { name: 'Close the consultation' }).click();
    await page.getByText('can rate the treatment').waitFor();
    await portal.checkAccessibility(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Close the consultation' }).click();
    await page.getByText('Nothing can be added').waitFor();
  }

  async function block({ page }: Visitor): Promise<void> {
    // The figures have followed by themselves.
    const ratings = page.locator('dl > div').filter({ hasText: 'Ratings' }).locator('dd');
    await expect.poll(() => ratings.textContent(), { timeout: 15_000 }).toBe('1');
    await page.getByRole('link', { name: 'People' }).first().click();
    await page.getByRole('link', { name: 'Nina Neu' }).click();
    await page.getByRole('link', { name: 'Log about this person' }).click();
    await page
      .getByRole('list', { name: 'Log' })
      .getByRole('listitem')
      .getByText('Account looked at')
      .first()
      .waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Block', exact: true }).click();
    await page.getByText('1 open session ends at once').waitFor();
    await page.getByText(/Blocked until .*; then it ends by itself/).waitFor();
    await page.getByLabel('Reason').fill('Insulted the doctor');
    await page.getByRole('button', { name: 'Block now' }).click();
    await page.getByText('Insulted the doctor').waitFor();
  }
});

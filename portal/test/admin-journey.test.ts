import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ageLogins } from '../../server/test/age-logins.ts';
import { goodPassword } from '../../server/test/factories.ts';
import { desktop, eventually, needsChromium, type Portal, startPortal, type Visitor } from './portal.ts';

describe.runIf(needsChromium('admin-journey.test.ts'))('an admin, in a real browser', () => {
  let portal: Portal;
  beforeAll(async () => {
    portal = await startPortal({ environment: { ADMIN_STEP_UP: 'on' } });
  });
  afterAll(() => portal?.stop());

  async function logIn({ page, open }: Visitor, email: string): Promise<void> {
    await open('/login');
    await page.getByLabel('Email address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(goodPassword);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
  }

  test('makes a doctor who sets a password by the mailed link, blocks them with what follows said before, lifts it, deletes the account', async () => {
    const email = 'dora.new@example.org';
    const [admin, doctor] = [await portal.visitAs(await portal.server.people.admin()), await portal.visit()];
    const { page } = admin;
    await admin.open('/admin/users');
    await page.getByRole('button', { name: 'New account' }).click();
    await page.getByRole('radio', { name: 'Doctor' }).check();
    await page.getByLabel('Name', { exact: true }).fill('Dora New');
    await page.getByRole('dialog').getByLabel('Email address').fill(email);
    await page.getByRole('dialog').getByLabel('Specialty').selectOption('cardiology');
    await page.getByLabel('Licence').fill('L-4711');
    await portal.checkAccessibility(page);
    await page.getByRole('button', { name: 'Create and send the link' }).click();
    await page.getByRole('heading', { name: 'Dora New' }).waitFor();
    await page.getByText('L-4711').waitFor();

    const { text } = await portal.server.mailbox.waitFor(email, 'Your account is ready');
    await doctor.open(/https?:\/\/\S+#token=\S+/.exec(text)?.[0] ?? '');
    await doctor.page.getByLabel('New password', { exact: true }).fill(goodPassword);
    await doctor.page.locator('main form button[type=submit]').click();
    await doctor.page.getByRole('main').getByRole('link', { name: 'Log in' }).waitFor();
    await logIn(doctor, email);
    await expect.poll(() => new URL(doctor.page.url()).pathname).toBe('/inbox');

    await page.reload();
    await page.getByRole('button', { name: 'Block', exact: true }).click();
    await page.getByText('1 open session ends at once').waitFor();
    await page.getByText('Accepted requests go back to the queue').waitFor();
    await page.getByLabel('For how long?').selectOption('own');
    await page.getByLabel('Number').fill('0');
    await page.getByText('Enter a whole number').waitFor();
    await page.getByLabel('Number').fill('3');
    await page.getByText(/Blocked until .*; then it ends by itself/).waitFor();
    await portal.checkAccessibility(page);
    await page.getByLabel('Reason').fill('Missed three appointments');
    // An hour later nobody is asked for less than the password.
    await ageLogins(portal.server);
    await page.getByRole('button', { name: 'Block now' }).click();
    await page.getByRole('dialog').getByLabel('Password', { exact: true }).fill(goodPassword);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('Missed three appointments').waitFor();
    const { bans } = await stateOf(page.url());
    const days = (Date.parse(bans[0].until) - Date.parse(bans[0].startsAt)) / 86_400_000;
    expect(days).toBeCloseTo(3, 5);

    await logIn(doctor, email);
    await doctor.page.getByText(/blocked until .*Missed three appointments/).waitFor();

    await page.getByRole('button', { name: 'Lift the block' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Lift the block' }).click();
    await page.getByText(/Lifted on/).waitFor();
    await logIn(doctor, email);
    await expect.poll(() => new URL(doctor.page.url()).pathname).toBe('/inbox');

    const personsPage = page.url();
    await page.getByRole('button', { name: 'Delete the account' }).click();
    await page.getByLabel('Reason').fill('Left the clinic');
    await page.getByLabel(/To confirm, type/).fill('somebody.else@example.org');
    await page.getByRole('button', { name: 'Delete for good' }).click();
    expect((await stateOf(personsPage)).status).toBe('active');
    await page.getByLabel(/To confirm, type/).fill(email);
    await portal.checkAccessibility(page);
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.getByRole('heading', { name: 'People' }).waitFor();
    await admin.open(new URL(personsPage).pathname);
    await page.getByRole('heading', { name: 'Deleted account' }).first().waitFor();
    expect(await page.getByRole('main').textContent()).not.toMatch(/Dora|dora\.new/);
    await doctor.leave();
    await admin.leave();
  });

  /** What the server has, as another admin sees it. */
  async function stateOf(url: string) {
    const { api } = await portal.server.people.admin();
    return (await api('GET', `/admin/users/${url.split('/').at(-1)}`)).body;
  }

  test('sees how many doctors wait, approves one, and refuses another, who leaves the queue', async () => {
    const { people } = portal.server;
    const [one, other] = [
      await people.doctor({ fullName: 'Wanda Waits', approved: false }),
      await people.doctor({ fullName: 'Rolf Refused', approved: false }),
    ];
    const visitor = await portal.visitAs(await people.admin(), { viewport: desktop });
    const { page } = visitor;
    await visitor.open('/admin/users');
    await page.getByRole('img', { name: '2 doctors wait for approval' }).waitFor();
    await page.getByRole('link', { name: 'Approvals' }).click();
    const card = (name: string) => page.locator('section').filter({ has: page.getByRole('heading', { name }) });
    await card('Wanda Waits').getByText('L-1').waitFor();
    await card('Wanda Waits').getByText('Cardiology').waitFor();
    await card('Wanda Waits').getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await card('Wanda Waits').waitFor({ state: 'detached' });
    await card('Rolf Refused').getByRole('button', { name: 'Refuse' }).click();
    await page.getByLabel('Reason').fill('No licence of that number');
    await page.getByRole('dialog').getByRole('button', { name: 'Refuse' }).click();
    await page.getByText('Nobody waits').waitFor();
    expect((await other.api('GET', '/me')).body.doctor.approval.last.reason).toBe('No licence of that number');
    expect((await one.api('GET', '/me')).body.status).toBe('active');
    expect((await other.api('GET', '/me')).body.status).toBe('pending-approval');
    await visitor.leave();
  });

  test('may not harm the own account, and is told who can', async () => {
    const admin = await portal.server.people.admin();
    const visitor = await portal.visitAs(admin);
    await visitor.open(`/admin/users/${admin.id}`);
    await visitor.page.getByText('another admin can').waitFor();
    for (const name of ['Block', 'Delete the account', 'End all'])
      expect(await visitor.page.getByRole('button', { name, exact: true }).count(), name).toBe(0);
    await visitor.leave();
  });

  test('finds filters in the address again after a reload, among people and in both logs', async () => {
    const { people } = portal.server;
    const patient = await people.patient({ fullName: 'Filomena Filtered' });
    const visitor = await portal.visitAs(await people.admin(), { viewport: desktop });
    const { page } = visitor;
    await visitor.open('/admin/users');
    await page.getByLabel('Name or address').pressSequentially('filomena');
    await page.getByLabel('Role').selectOption('patient');
    await page.getByLabel('Status').selectOption('active');
    await page.getByRole('link', { name: 'Filomena Filtered' }).waitFor();
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    expect(new URL(page.url()).search).toBe('?q=filomena&role=patient&status=active');
    await page.reload();
    await page.getByRole('link', { name: 'Filomena Filtered' }).waitFor();
    expect(await page.getByLabel('Name or address').inputValue()).toBe('filomena');
    expect(await page.getByLabel('Status').inputValue()).toBe('active');

    await page.getByRole('link', { name: 'Filomena Filtered' }).click();
    await page.getByRole('link', { name: 'Log about this person' }).click();
    await page.getByLabel('What').selectOption('account.read');
    const today = new Date().toLocaleDateString('sv');
    await page.getByLabel('From', { exact: true }).fill(today);
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await expect.poll(() => new URL(page.url()).search).toContain('action=account.read');
    await page.reload();
    const entries = page.getByRole('list', { name: 'Log' }).getByRole('listitem');
    await entries.getByText('Account looked at').first().waitFor();
    expect(await page.getByLabel('About').inputValue()).toBe(patient.id);
    expect(await page.getByLabel('From', { exact: true }).inputValue()).toBe(today);
    expect(await entries.count()).toBe(await entries.getByText('Account looked at').count());

    await portal.server.api('POST', '/auth/tokens', { email: patient.email, password: 'not this one at all 7' });
    await visitor.open(`/admin/security?action=login-failed&subjectId=${patient.id}`);
    await page.getByRole('list').getByText('Failed login', { exact: true }).waitFor();
    expect(await page.getByLabel('What').inputValue()).toBe('login-failed');
    await visitor.leave();
  });

  test('lifts a case of abuse, with a reason', async () => {
    const id = '01936f2a-7c1e-7d3a-9b64-5f0e8a2c4d11';
    await portal.server.ctx.db.execute(`INSERT INTO abuse_cases
      (id, rule, subject_type, subject, step, until, score, evidence, opened_at, changed_at) VALUES
      ('${id}', 'id-walking', 'address', '198.51.100.7', 'slow', now() + interval '1 hour', 40,
      '{"windowS":3600,"signals":{"not-found":40},"routes":["/requests/{id}"],"goodAccounts":0}', now(), now())`);
    const { people } = portal.server;
    const visitor = await portal.visitAs(await people.admin());
    const { page } = visitor;
    await visitor.open('/admin/abuse');
    await page.getByText('198.51.100.7').waitFor();
    await portal.checkAccessibility(page);
    await page.getByRole('button', { name: 'Lift', exact: true }).click();
    await page.getByLabel('Reason').fill('The practice next door');
    await page.getByRole('dialog').getByRole('button', { name: 'Lift', exact: true }).click();
    await page.getByText('Nothing looks like abuse now').waitFor();
    await page.getByLabel('Cases').selectOption('ended');
    await page.getByText('The practice next door').waitFor();
    const ended = (await (await people.admin()).api('GET', '/admin/abuse?state=ended')).body.items;
    expect(ended).toMatchObject([{ id, liftReason: 'The practice next door' }]);
    await visitor.leave();
  });

  test('at a desktop and a phone: every page is accessible, none is too wide, and none shows a word of anybody’s health', async () => {
    const { people } = portal.server;
    const [patient, doctor, admin] = [await people.patient(), await people.doctor(), await people.admin()];
    const complaint = 'Blood in the morning';
    const secrets = [complaint, 'Hazelnuts', 'Gastric ulcer', 'Small meals'];
    await patient.api('PATCH', '/me', { patient: { allergies: 'Hazelnuts' } });
    const asked = { doctorId: doctor.id, complaint, urgency: 'urgent' };
    const { id } = (await patient.api('POST', '/requests', asked)).body;
    await doctor.api('POST', `/requests/${id}/accept`);
    const diagnosis = { title: 'Gastric ulcer', description: 'In the stomach.', recommendations: 'Small meals.' };
    expect((await doctor.api('POST', `/requests/${id}/diagnoses`, diagnosis)).status).toBe(201);
    await people.doctor({ approved: false });
    const visitor = await portal.visitAs(admin, { viewport: desktop });
    const { page } = visitor;
    const paths = [
      '/admin/users',
      `/admin/users/${patient.id}`,
      `/admin/users/${doctor.id}`,
      '/admin/approvals',
      '/admin/audit',
      '/admin/security',
      '/admin/stats',
    ];
    for (const path of paths) {
      await visitor.open(path);
      await page.locator('main :is(table, section, ul, h2)').first().waitFor();
      const details = page.locator('details > summary');
      if ((await details.count()) > 0) await details.first().click();
      await eventually('nothing is loading', async () => (await page.getByText('Loading').count()) === 0);
      await portal.checkBothSizes(page);
      const text = await page.locator('body').textContent();
      for (const secret of secrets) expect(text, path).not.toContain(secret);
    }
    await page.getByRole('button', { name: 'Table' }).first().click();
    await page.getByRole('table', { name: 'Accounts by role' }).waitFor();
    await portal.checkBothSizes(page);
    await visitor.leave();
  });
});

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ageLogins } from '../../server/test/age-logins.ts';
import { Authenticator, TestClock } from '../../server/test/authenticator.ts';
import { addAuthenticator } from '../../server/test/chromium.ts';
import { desktop, needsChromium, type Portal, startPortal } from './portal.ts';

describe.runIf(needsChromium('account-journey.test.ts'))('one’s own account, in a real browser', () => {
  let portal: Portal;
  beforeAll(async () => {
    portal = await startPortal();
  });
  afterAll(() => portal?.stop());

  test('at a desktop and a phone every page of it is accessible and no wider than the screen', async () => {
    const visitor = await portal.visitAs(await portal.server.people.patient(), { viewport: desktop });
    const { page } = visitor;
    for (const path of ['/account', '/security', '/sessions', '/my-data']) {
      await visitor.open(path);
      await page.locator('main form, main li, main button').first().waitFor();
      await portal.checkBothSizes(page);
    }
    await visitor.leave();
  });

  test('a patient’s data are saved, and what is emptied is taken away', async () => {
    const person = await portal.server.people.patient();
    const visitor = await portal.visitAs(person);
    const { page } = visitor;
    await visitor.open('/account');
    await page.getByLabel('Name', { exact: true }).fill('Ana Nova');
    await page.getByLabel('Birth date').fill('1987-04-09');
    await page.getByLabel('Sex').selectOption('female');
    await page.getByLabel('Allergies').fill('Penicillin');
    await page.getByLabel('Country').fill('Portugal');
    await page.getByRole('button', { name: 'Save' }).click();
    // A country alone is no address: refused at the field that is missing.
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('address.city');
    await page.getByLabel('City').fill('Porto');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await page.getByLabel('Allergies').fill('');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(async () => (await person.api('GET', '/me')).body.patient.allergies).toBeNull();
    expect((await person.api('GET', '/me')).body).toMatchObject({
      fullName: 'Ana Nova',
      patient: { birthDate: '1987-04-09', sex: 'female' },
      address: { country: 'Portugal', city: 'Porto' },
    });

    // A part alone is no address and nobody to call: said at what is missing, not dropped.
    const field = (name: string) => page.locator(`[name="${name}"]`);
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('name'));
    for (const name of ['country', 'city']) await field(`address.${name}`).fill('');
    await field('address.addressLine').fill('Rua Nova 12');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(focused).toBe('address.country');
    await field('address.addressLine').fill('');
    await field('patient.emergencyContact.relation').fill('Sister');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(focused).toBe('patient.emergencyContact.name');
    await field('patient.emergencyContact.relation').fill('');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(async () => (await person.api('GET', '/me')).body.address).toBeNull();
    await visitor.leave();
  });

  test('codes from an app and a passkey are set up, after showing again who one is', async () => {
    const person = await portal.server.people.patient();
    const visitor = await portal.visitAs(person);
    const { page } = visitor;
    await addAuthenticator(visitor.context, page);
    await visitor.open('/security');
    await ageLogins(portal.server);
    await page.getByRole('button', { name: 'Set up an app' }).click();
    await page.getByRole('heading', { name: 'Is it you?' }).waitFor();
    await portal.checkAccessibility(page);
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Password', { exact: true }).fill('wrong wrong wrong 1');
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('That is wrong.').waitFor();
    await dialog.getByLabel('Password', { exact: true }).fill(person.password);
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('img', { name: 'A picture for the authenticator app' }).waitFor();
    await portal.checkAccessibility(page);
    const secret = (await page.locator('dialog code').textContent()) ?? '';
    await page.getByLabel('Code', { exact: true }).fill(new Authenticator(secret, new TestClock()).code());
    await page.getByRole('button', { name: 'Turn codes on' }).click();
    const codes = page.getByRole('heading', { name: 'Keep these codes' });
    await codes.waitFor();
    // They are never shown again: nothing but a button takes them away.
    await page.mouse.click(5, 5);
    for (let press = 1; press <= 2; press += 1) await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'I have kept them' }).click();
    await codes.waitFor({ state: 'hidden' });
    expect((await person.api('GET', '/me')).body.mfaEnabled).toBe(true);

    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Laptop');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Not used yet').waitFor();
    await page.getByRole('button', { name: 'Remove Laptop' }).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('The passkey is removed.').waitFor();
    await visitor.leave();
  });

  test('a session that is not known is ended, and all of them', async () => {
    const person = await portal.server.people.patient();
    const visitor = await portal.visitAs(person);
    const { page } = visitor;
    await visitor.open('/sessions');
    await page.getByText('This device').waitFor();
    await page
      .getByRole('button', { name: /^End the session of/ })
      .first()
      .click();
    await page.getByText('is logged out.').waitFor();
    expect((await person.api('GET', '/me')).status).toBe(401);
    await page.getByRole('button', { name: 'Log out everywhere' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Log out everywhere' }).click();
    await page.getByRole('heading', { name: 'A doctor who listens' }).waitFor();
    await visitor.leave();
  });

  test('everything about oneself is downloaded, and the account deleted by the link in the mail', async () => {
    const person = await portal.server.people.patient();
    const visitor = await portal.visitAs(person);
    const { page } = visitor;
    await visitor.open('/my-data');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ]);
    const document = JSON.parse(await readFile(await download.path(), 'utf8'));
    expect(document.account.email).toBe(person.email);
    await page.getByRole('button', { name: 'Delete my account' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Password', { exact: true }).fill(person.password);
    await dialog.getByRole('button', { name: 'Delete my account' }).click();
    await page.getByText('Look into your mailbox').waitFor();
    const { text } = await portal.server.mailbox.waitFor(person.email, 'delet');
    await visitor.open(/https?:\/\/\S+#token=\S+/.exec(text)?.[0] ?? '');
    await page.getByRole('main').getByRole('button').first().click();
    await expect.poll(async () => (await person.api('GET', '/me')).status).toBe(401);
    await visitor.leave();
  });
});

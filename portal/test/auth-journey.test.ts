import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enableTotp, TestClock } from '../../server/test/authenticator.ts';
import { addAuthenticator } from '../../server/test/chromium.ts';
import { goodPassword } from '../../server/test/factories.ts';
import { eventually, needsChromium, type Portal, startPortal } from './portal.ts';

describe.runIf(needsChromium('auth-journey.test.ts'))('accounts, in a real browser', () => {
  let portal: Portal;
  beforeAll(async () => {
    portal = await startPortal();
  });
  afterAll(() => portal?.stop());

  /** Where the link in a mail leads. */
  async function linkOf(to: string, subject: string): Promise<string> {
    const { text } = await portal.server.mailbox.waitFor(to, subject);
    return /https?:\/\/\S+#token=\S+/.exec(text)?.[0] ?? '';
  }

  test('a doctor registers with specialty and licence, is told what is wrong, confirms the address, and is told that approval is awaited', async () => {
    const visitor = await portal.visit();
    const { page } = visitor;
    const email = 'new.doctor@example.org';
    await visitor.open('/register');
    await page.getByText('I answer requests').click();
    await page.getByLabel('Your name').fill('Dora Neu');
    await page.getByLabel('Specialty').selectOption('cardiology');
    await page.getByLabel('Licence number').fill('OM-1');
    await page.getByLabel('Email address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill('password1234');
    await page.getByRole('button', { name: 'Create my account' }).click();
    // Refused at the field, with what was typed still there, and the focus on it.
    await page.getByText('Many people use this password').waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('password');
    expect(await page.getByLabel('Your name').inputValue()).toBe('Dora Neu');
    await page.getByLabel('Password', { exact: true }).fill(goodPassword);
    await page.getByRole('button', { name: 'Create my account' }).click();
    await page.getByText(email).waitFor();

    await visitor.open('/login');
    await page.getByLabel('Email address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(goodPassword);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByText('Your address is not confirmed yet').waitFor();
    await page.getByRole('button', { name: 'Send it again' }).click();
    await page.getByText('Sent again.').waitFor();
    await eventually('both mails', () => portal.server.mailbox.mails.filter(({ to }) => to === email).length === 2);
    await visitor.open(await linkOf(email, 'Confirm'));
    expect(page.url()).toBe(`${portal.url}/verify-email`);
    await page.getByRole('button', { name: 'Confirm the address' }).click();
    await page.getByText('Your address is confirmed').waitFor();
    await visitor.open('/login');
    await page.getByLabel('Email address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(goodPassword);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('heading', { name: 'Your account awaits approval' }).waitFor();
    await visitor.leave();
  });

  test('who forgot the password chooses a new one by mail, once', async () => {
    const person = await portal.server.people.patient();
    const visitor = await portal.visit();
    const { page } = visitor;
    await visitor.open('/login');
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.getByLabel('Email address').fill(person.email);
    await page.getByRole('button', { name: 'Send the link' }).click();
    await page.getByText(person.email).waitFor();
    const link = await linkOf(person.email, 'password');
    for (const outcome of ['Your new password is set', 'This link has been used already']) {
      await page.goto('about:blank');
      await visitor.open(link);
      await page.getByLabel('New password').fill('nine loud herons 77');
      await page.getByRole('button', { name: 'Set the password' }).click();
      await page.getByText(outcome).waitFor();
    }
    await visitor.leave();
  });

  test('a second factor is asked for after the password', async () => {
    const person = await portal.server.people.patient();
    const authenticator = await enableTotp(person, new TestClock());
    const visitor = await portal.visit();
    const { page } = visitor;
    await visitor.open('/login');
    await page.getByLabel('Email address').fill(person.email);
    await page.getByLabel('Password', { exact: true }).fill(person.password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByLabel('Code from your app').fill(authenticator.wrong());
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('The code is wrong').waitFor();
    await page.getByLabel('Code from your app').fill(authenticator.recoveryCodes[0] ?? '');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('heading', { name: 'My requests' }).waitFor();
    await visitor.leave();
  });

  test('a passkey logs in without anything typed', async () => {
    const person = await portal.server.people.patient();
    const visitor = await portal.visitAs(person);
    const { page, context } = visitor;
    await addAuthenticator(context, page);
    await visitor.open('/requests');
    await page.evaluate(async () => {
      const call = async (path: string, body?: object) => {
        const content =
          body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
        return (await fetch(`/api/v1${path}`, { method: 'POST', ...content })).json();
      };
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await call('/auth/mfa/passkeys'));
      const passkey = await navigator.credentials.create({ publicKey });
      await call('/auth/mfa/passkeys/confirm', { name: 'Phone', passkey });
    });
    await page.getByRole('button', { name: 'Account and settings' }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'A doctor who listens' }).waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Log in' }).click();
    // The authenticator signs by itself: among the suggestions already, or when the button is pressed.
    await page.getByRole('heading', { name: /Log in|My requests/ }).waitFor();
    const button = page.getByRole('button', { name: 'Log in with a passkey' });
    await button.click({ timeout: 1000 }).catch(() => undefined);
    await page.getByRole('heading', { name: 'My requests' }).waitFor();
    await visitor.leave();
  });

  test('who is not logged in comes back to the same place after the login, and to no other site', async () => {
    const person = await portal.server.people.patient();
    const visitor = await portal.visit();
    const { page } = visitor;
    for (const [asked, arrives] of [
      ['/requests?status=closed', '/requests?status=closed'],
      ['/login?next=//elsewhere.example/x', '/requests'],
      ['/login?next=https://elsewhere.example', '/requests'],
    ] as const) {
      await visitor.open(asked);
      await page.getByLabel('Email address').fill(person.email);
      await page.getByLabel('Password', { exact: true }).fill(person.password);
      await page.getByRole('button', { name: 'Log in', exact: true }).click();
      await page.getByRole('heading', { name: 'My requests' }).waitFor();
      expect(page.url()).toBe(portal.url + arrives);
      await visitor.context.clearCookies();
      await page.evaluate(() => localStorage.clear());
    }
    await visitor.leave();
  });
});

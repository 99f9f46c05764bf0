import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '../../server/test/http.ts';
import { type Language, languages } from '../src/i18n/catalogue.ts';
import { desktop, needsChromium, type Portal, phone, startPortal } from './portal.ts';

const strangersPages = [
  '/',
  '/login',
  '/register?role=doctor',
  '/forgot-password',
  '/check-summary',
  '/verify-email#token=x',
  '/reset-password#token=x',
  '/set-password#token=x',
  '/confirm-email',
  '/undo-email-change#token=x',
  '/confirm-deletion#token=x',
];

/** Its labels: none is cut off, and none touches the next. */
async function checkBottomBar(page: Page, language: Language): Promise<void> {
  for (const width of [320, 360, 390, 430]) {
    await page.setViewportSize({ ...phone, width });
    const places = await page
      .locator('nav')
      .filter({ visible: true })
      .locator('a > span:not([role]):first-of-type')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect()).map(({ left, right }) => ({ left, right })));
    expect(places.length).toBeGreaterThan(3);
    const edges = [{ right: 0 }, ...places];
    const gaps = [...places, { left: width }].map(({ left }, index) => left - (edges[index]?.right ?? 0));
    expect(Math.min(...gaps), `${language} at ${width}`).toBeGreaterThanOrEqual(3);
  }
  await page.setViewportSize(phone);
}

describe.runIf(needsChromium('pages.test.ts'))('the pages, in a real browser', () => {
  let portal: Portal;
  beforeAll(async () => {
    portal = await startPortal();
  });
  afterAll(() => portal?.stop());

  test('at a desktop and a phone, light and dark: axe finds nothing, nothing is wider than the screen', async () => {
    const visitor = await portal.visit({ viewport: desktop });
    for (const path of strangersPages) {
      await visitor.open(path);
      await portal.checkBothSizes(visitor.page);
    }
    await visitor.page.getByRole('button', { name: 'Language and appearance' }).click();
    await portal.checkBothSizes(visitor.page);
    await visitor.leave();
  });

  test('the start page of each role is accessible, its bar readable at every phone, and not to be seen by another role', async () => {
    const { people } = portal.server;
    const homes = { patient: '/requests', doctor: '/inbox', admin: '/admin/users' } as const;
    for (const [role, home] of Object.entries(homes) as ['patient' | 'doctor' | 'admin', string][]) {
      const visitor = await portal.visitAs(await people[role]());
      await visitor.open('/');
      expect(new URL(visitor.page.url()).pathname).toBe(home);
      await visitor.page.locator('main ul, main table, main h2').first().waitFor();
      await portal.checkAccessibility(visitor.page);
      for (const language of languages) {
        await visitor.page.evaluate((chosen) => localStorage.setItem('openward.language', chosen), language);
        await visitor.open('/');
        await checkBottomBar(visitor.page, language);
      }
      await visitor.page.evaluate(() => localStorage.removeItem('openward.language'));
      for (const other of Object.values(homes).filter((path) => path !== home)) {
        await visitor.open(other);
        await visitor.page.getByRole('heading', { name: 'Not found' }).waitFor();
      }
      await visitor.leave();
    }
  });

  test('language and look are switched in place, kept, and the language of the browser is taken at first', async () => {
    const visitor = await portal.visit({ locale: 'de-AT' });
    const { page } = visitor;
    await visitor.open('/login');
    await page.getByRole('heading', { name: 'Anmelden' }).waitFor();
    await page.getByRole('button', { name: 'Sprache und Aussehen' }).click();
    await page.getByRole('menuitemradio', { name: 'Español' }).click();
    await page.getByRole('heading', { name: 'Iniciar sesión' }).waitFor();
    await page.getByRole('button', { name: 'Idioma y apariencia' }).press('Enter');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await visitor.open('/login');
    await page.getByRole('heading', { name: 'Iniciar sesión' }).waitFor();
    expect(
      await page.evaluate(() => [document.documentElement.lang, document.documentElement.dataset['theme']]),
    ).toEqual(['es', 'dark']);
    await visitor.leave();
  });

  test.each(['en-GB', 'es-ES', 'de-AT'])(
    'a first visit asks at once for all that it needs, and for nothing else (%s)',
    async (locale) => {
      for (const path of ['/', '/login', '/register']) {
        const visitor = await portal.visit({ locale });
        const asked: string[] = [];
        visitor.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
        const reply = await visitor.page.goto(path);
        await visitor.page.locator('main h1').waitFor();
        const named = [...((await reply?.text()) ?? '').matchAll(/"(\/assets\/[^"]+)"/g)].map(([, url]) => url);
        expect(named.length).toBeGreaterThan(8);
        expect(asked.filter((url) => url.startsWith('/assets/')).toSorted()).toEqual(named.toSorted());
        await visitor.leave();
      }
    },
  );

  test('by keyboard: the skip link leads to the content, and a new page has the focus on its heading', async () => {
    const visitor = await portal.visit({ viewport: desktop });
    const { page } = visitor;
    await visitor.open('/');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Create an account');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Create your account' }).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    expect(await page.title()).toBe('Create your account – Openward');
    await visitor.leave();
  });

  test('a page that its link has loaded stands there in the frame after the click', async () => {
    const visitor = await portal.visit();
    const { page } = visitor;
    await visitor.open('/login');
    const link = page.getByRole('main').getByRole('link', { name: 'Forgot your password?' });
    const [script] = await Promise.all([page.waitForResponse(/forgot-password-page/), link.hover()]);
    // The browser has run it, too. As text, since here an import would be made another one.
    await page.evaluate(`import(${JSON.stringify(script.url())}).then(() => undefined)`);
    const [seen, before] = await link.evaluate(async (anchor: HTMLElement) => {
      const heading = () => document.querySelector('main h1')?.textContent;
      const before = heading();
      anchor.click();
      for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
      return [heading(), before];
    });
    expect(seen).toBe('Forgot your password?');
    expect(before).not.toBe(seen);
    await visitor.leave();
  });

  test('two tabs whose access has run out renew it once, and both go on', async () => {
    const person = await portal.server.people.patient();
    const visitor = await portal.visitAs(person);
    const other = await visitor.context.newPage();
    await visitor.open('/requests');
    await other.goto('/requests');
    await other.locator('main h1').waitFor();
    const refreshes: number[] = [];
    visitor.context.on('response', (reply) => {
      if (reply.url().endsWith('/auth/refresh')) refreshes.push(reply.status());
    });
    await visitor.context.clearCookies({ name: '__Host-openward-access' });
    await Promise.all([visitor.page.reload(), other.reload()]);
    for (const page of [visitor.page, other]) await page.getByText('No requests yet').waitFor();
    expect(refreshes).toEqual([200]);
    await visitor.leave();
  });

  test('a session that was ended elsewhere leads to the login, says so, and back again; while the page is open and when it is opened', async () => {
    const person = await portal.server.people.patient();
    const visitor = await portal.visitAs(person);
    const { page } = visitor;
    const backAgain = async () => {
      await page.getByText('You were logged out. Log in again').waitFor();
      await page.getByLabel('Email address').fill(person.email);
      await page.getByLabel('Password', { exact: true }).fill(person.password);
      await page.getByRole('button', { name: 'Log in', exact: true }).click();
      await page.getByRole('heading', { name: 'My requests' }).waitFor();
    };
    await visitor.open('/requests');
    await page.getByRole('heading', { name: 'My requests' }).waitFor();
    await person.api('POST', '/auth/logout-all');
    await backAgain();
    const { email, password } = person;
    const { accessToken } = (await portal.server.api('POST', '/auth/tokens', { email, password })).body;
    await page.goto('about:blank');
    await createApi(portal.server.url, { authorization: `Bearer ${accessToken}` })('POST', '/auth/logout-all');
    await visitor.open('/requests');
    await backAgain();
    await visitor.leave();
  });

  test('a logout in one tab is one in all', async () => {
    const visitor = await portal.visitAs(await portal.server.people.patient());
    const other = await visitor.context.newPage();
    await visitor.open('/requests');
    await other.goto('/requests');
    await other.getByRole('heading', { name: 'My requests' }).waitFor();
    await visitor.page.getByRole('button', { name: 'Account and settings' }).click();
    await visitor.page.getByRole('menuitem', { name: 'Log out' }).click();
    await other.getByRole('heading', { name: 'Log in' }).waitFor();
    await visitor.leave();
  });

  test('a logout leaves language and look as they were chosen', async () => {
    const visitor = await portal.visitAs(await portal.server.people.patient());
    const { page } = visitor;
    await visitor.open('/requests');
    const choose = async (menu: string, item: string, role: 'menuitem' | 'menuitemradio' = 'menuitemradio') => {
      await page.getByRole('button', { name: menu }).click();
      await page.getByRole(role, { name: item }).click();
    };
    await choose('Account and settings', 'Deutsch');
    await page.getByRole('heading', { name: 'Meine Anfragen' }).waitFor();
    await choose('Konto und Einstellungen', 'Dunkel');
    await choose('Konto und Einstellungen', 'Abmelden', 'menuitem');
    await page.getByRole('banner').getByRole('link', { name: 'Anmelden' }).waitFor();
    await page.reload();
    await page.locator('main h1').waitFor();
    const root = page.locator('html');
    expect([await root.getAttribute('lang'), await root.getAttribute('data-theme')]).toEqual(['de', 'dark']);
    await visitor.leave();
  });

  test('a part of a page that does not arrive takes nothing else away, and is there after a reload', async () => {
    const { people } = portal.server;
    const [patient, doctor] = await Promise.all([people.patient(), people.doctor()]);
    const ask = { doctorId: doctor.id, complaint: 'A rash.', urgency: 'routine' };
    const { id } = (await patient.api('POST', '/requests', ask)).body;
    const visitor = await portal.visitAs(doctor, { viewport: desktop });
    const { page, context } = visitor;
    const parts = /(badge|dialog)-[^/]*\.js$/;
    await context.route(parts, (route) => route.abort());
    await visitor.open(`/inbox/${id}`);
    const decline = page.getByRole('button', { name: 'Decline', exact: true });
    await decline.click();
    await page.getByText('Part of the page did not arrive.').waitFor();
    await page.getByRole('heading', { name: 'What is wrong' }).waitFor();
    await portal.checkAccessibility(page);
    await context.unroute(parts);
    await page.reload();
    await decline.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('navigation').getByRole('link', { name: 'Requests' }).filter({ visible: true }).click();
    await page.getByRole('img', { name: '1 waits' }).filter({ visible: true }).waitFor();
    visitor.complaints.splice(0);
    await visitor.leave();
  });

  test('it starts without a network once it was there, says so, and has kept no answer of the API', async () => {
    const visitor = await portal.visitAs(await portal.server.people.patient(), { serviceWorkers: 'allow' });
    const { page, context } = visitor;
    await visitor.open('/requests');
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await page.getByText('No requests yet').waitFor();
    await context.setOffline(true);
    await page.getByText('You are offline').waitFor();
    await page.reload();
    await page.getByText('We cannot reach the server').waitFor();
    const kept = await page.evaluate(async () => {
      const names = await caches.keys();
      const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return requests.flat().map(({ url }) => new URL(url).pathname);
    });
    expect(kept).toContain('/');
    expect(kept.filter((path) => path.startsWith('/api'))).toEqual([]);
    visitor.complaints.splice(0);
    await visitor.leave();
  });

  test('text out of the network is never markup, and a script cannot make any', async () => {
    const person = await portal.server.people.patient({ fullName: '<img src=x onerror=alert(1)>' });
    const visitor = await portal.visitAs(person);
    await visitor.open('/requests');
    await visitor.page.getByText('Hello, <img src=x onerror=alert(1)>').waitFor();
    const refused = await visitor.page.evaluate(() => {
      try {
        document.body.innerHTML = '<b>x</b>';
        return false;
      } catch (error) {
        return error instanceof TypeError;
      }
    });
    expect(refused).toBe(true);
    visitor.complaints.splice(0);
    await visitor.leave();
  });
});

/**
 * `npm run pictures`: the pages that the README shows, from a start of the product with its demo data.
 * Writes docs/pictures/<role>-<page>.png.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumOptions } from '../../server/test/chromium.ts';
import { startDemo } from './demo.ts';

type Picture = {
  role: 'patient' | 'doctor' | 'admin';
  name: string;
  size: 'phone' | 'desktop';
  show(page: Page): Promise<void>;
};

const sizes = { phone: { width: 390, height: 780 }, desktop: { width: 1280, height: 800 } };
const folder = fileURLToPath(new URL('../../docs/pictures/', import.meta.url));

const pictures: readonly Picture[] = [
  { role: 'patient', name: 'requests', size: 'phone', show: (page) => open(page, '/requests') },
  { role: 'patient', name: 'conversation', size: 'phone', show: openConversation },
  { role: 'patient', name: 'doctors', size: 'phone', show: (page) => open(page, '/doctors') },
  { role: 'doctor', name: 'consultation', size: 'desktop', show: openConsultation },
  { role: 'admin', name: 'people', size: 'desktop', show: (page) => open(page, '/admin/users') },
];

const demo = await startDemo();
const browser = await chromium.launch(chromiumOptions());
try {
  await mkdir(folder, { recursive: true });
  for (const picture of pictures) await take(browser, picture);
} finally {
  await browser.close();
  await demo.stop();
}

async function take(browser: Browser, { role, name, size, show }: Picture): Promise<void> {
  const context = await browser.newContext({
    baseURL: demo.url,
    viewport: sizes[size],
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await demo.enterAs(page, role);
  await show(page);
  await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined);
  await page.screenshot({ path: join(folder, `${role}-${name}.png`) });
  process.stdout.write(`docs/pictures/${role}-${name}.png\n`);
  await context.close();
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.locator('main h1').waitFor();
  await page.locator('main li, main tr').first().waitFor();
}

async function openConversation(page: Page): Promise<void> {
  await open(page, '/chat');
  await page.locator('main li a').first().click();
  await page.getByRole('log').waitFor();
}

async function openConsultation(page: Page): Promise<void> {
  await open(page, '/consultations');
  await page.locator('main li a').first().click();
  await page.getByRole('log').waitFor();
}

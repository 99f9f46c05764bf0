/**
 * `npm run lighthouse`: how Lighthouse rates the pages that people see most, as it emulates a phone by default, of a start of the
 * product with its demo data. Ends with 1 when a score is below 95. Lighthouse comes by npx, at a version that is pinned here.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { chromiumOptions } from '../../server/test/chromium.ts';
import { startDemo } from './demo.ts';
import { freePort } from './portal.ts';

const program = 'lighthouse@13.5.0';
const least = 95;
const categories = ['performance', 'accessibility', 'best-practices'] as const;

type Report = {
  categories: Record<
    (typeof categories)[number],
    { score: number | null; auditRefs: { id: string; weight: number }[] }
  >;
  audits: Record<string, { title: string; score: number | null; displayValue?: string }>;
};

const demo = await startDemo();
const folder = await mkdtemp(join(tmpdir(), 'openward-lighthouse-'));
const port = await freePort();
const { args = [], ...options } = chromiumOptions();
// One profile for both: Lighthouse finds the session of who has logged in.
const browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
  ...options,
  args: [...args, `--remote-debugging-port=${port}`],
});
let worst = 100;
try {
  const page = await browser.newPage();
  await rate('login', '/login');
  await demo.enterAs(page, 'patient');
  await rate('list', '/requests');
  await rate('chat', await roomOf(page));
} finally {
  await browser.close();
  await demo.stop();
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = worst < least ? 1 : 0;

async function roomOf(page: Page): Promise<string> {
  await page.goto(`${demo.url}/chat`);
  return (await page.locator('main li a').first().getAttribute('href')) ?? '/chat';
}

async function rate(name: string, path: string): Promise<void> {
  const file = join(folder, `${name}.json`);
  const asked = [`--only-categories=${categories.join(',')}`, '--output=json', `--output-path=${file}`, '--quiet'];
  const child = spawn(
    'npx',
    ['--yes', program, demo.url + path, `--port=${port}`, '--disable-storage-reset', ...asked],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`Lighthouse ended with ${code} at ${path}.`);
  const { categories: found, audits }: Report = JSON.parse(await readFile(file, 'utf8'));
  const scores = categories.map((category) => Math.round((found[category].score ?? 0) * 100));
  worst = Math.min(worst, ...scores);
  process.stdout.write(`${name}: ${categories.map((category, index) => `${category} ${scores[index]}`).join(', ')}\n`);
  const lacking = categories.flatMap((category) =>
    found[category].auditRefs.filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 0.9),
  );
  for (const { id } of lacking)
    process.stdout.write(`  ${id}: ${audits[id]?.title ?? ''} ${audits[id]?.displayValue ?? ''}\n`);
}

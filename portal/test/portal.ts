import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { chromiumOptions } from '../../server/test/chromium.ts';
import type { Person } from '../../server/test/factories.ts';
import { startTestServer, type TestServer } from '../../server/test/harness.ts';

export { needsChromium } from '../../server/test/chromium.ts';
export { eventually } from '../../server/test/eventually.ts';

export const phone = { width: 390, height: 844 };
export const desktop = { width: 1280, height: 800 };
/** What a desktop shows at 400 %, and the smallest phones. */
const narrow = { width: 320, height: 640 };

export type Visitor = {
  page: Page;
  context: BrowserContext;
  /** Opens a path of the portal, and waits until its heading is there. */
  open(path: string): Promise<void>;
  /** What went wrong in the page so far. Looked at when the visitor leaves; a test may take out what it expects. */
  complaints: string[];
  /** @throws Error for anything that a page complained of: CSP, console, a call to elsewhere. */
  leave(): Promise<void>;
};

export type Portal = {
  server: TestServer;
  url: string;
  /** Somebody with a browser of their own: nothing is shared with others. */
  visit(options?: BrowserContextOptions): Promise<Visitor>;
  /** The same, logged in, by the cookies of a real login. Default: at a phone. */
  visitAs(person: Person, options?: BrowserContextOptions): Promise<Visitor>;
  /** @throws Error naming each finding of axe (WCAG 2.2 A and AA) on the page as it is now, in light and dark. */
  checkAccessibility(page: Page): Promise<void>;
  /**
   * The same at a desktop and at a phone, with a picture of each in portal/pictures, to leaf through. It also is an error when something is
   * wider than the screen, down to 320 pixels (WCAG 1.4.10).
   */
  checkBothSizes(page: Page): Promise<void>;
  stop(): Promise<void>;
};

let shared: Promise<Browser> | undefined;

/** One for all files of a worker, which share its modules: to start it takes longer than many a test. It ends with the worker. */
async function openBrowser(): Promise<Browser> {
  const running = await shared?.catch(() => undefined);
  if (running?.isConnected() === true) return running;
  shared = chromium.launch(chromiumOptions());
  return shared;
}

/** The real server with the built portal, and a Chromium: once for a test file. */
export async function startPortal(options: Parameters<typeof startTestServer>[0] = {}): Promise<Portal> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const [server, browser] = await Promise.all([
    startTestServer({ ...options, environment: { PORT: String(port), PUBLIC_URL: url, ...options.environment } }),
    openBrowser(),
  ]);
  const visit = (context: BrowserContextOptions = {}) => visitWith(browser, url, context);
  return {
    server,
    url,
    visit,
    visitAs: async (person, context) => {
      const { id, role } = (await person.api('GET', '/me')).body;
      const note = { name: 'openward.account', value: JSON.stringify({ id, role }) };
      const storageState = { cookies: [], origins: [{ origin: url, localStorage: [note] }] };
      const visitor = await visit({ storageState, ...context });
      const { email, password } = person;
      const data = { email, password };
      const reply = await visitor.context.request.post('/api/v1/auth/login', { data, headers: { origin: url } });
      if (!reply.ok()) throw new Error(`${email} could not log in: ${await reply.text()}`);
      return visitor;
    },
    checkAccessibility,
    checkBothSizes,
    stop: async () => {
      // Those of tests that failed are open still.
      await Promise.all(browser.contexts().map((context) => context.close()));
      await server.stop();
    },
  };
}

async function visitWith(browser: Browser, url: string, options: BrowserContextOptions): Promise<Visitor> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: phone,
    locale: 'en-GB',
    reducedMotion: 'reduce',
    serviceWorkers: 'block',
    ...options,
  });
  const complaints: string[] = [];
  context.on('console', (message) => {
    // Chromium writes a line about each refused call; the page shows those itself.
    const isExpected = /^Failed to load resource: the server responded|^Service Worker registration blocked/.test(
      message.text(),
    );
    if (['error', 'warning'].includes(message.type()) && !isExpected) complaints.push(message.text());
  });
  context.on('weberror', (error) => complaints.push(error.error().stack ?? error.error().message));
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    const isOwn = origin === url || origin === url.replace('http', 'ws') || protocol === 'blob:';
    if (!isOwn) complaints.push(`A call to elsewhere: ${request.url()}`);
  });
  const page = await context.newPage();
  return {
    page,
    context,
    complaints,
    open: async (path) => {
      await page.goto(path);
      await page.locator('main h1').waitFor();
    },
    leave: async () => {
      await context.close();
      if (complaints.length > 0) throw new Error(`The pages complained:\n${complaints.join('\n')}`);
    },
  };
}

async function checkAccessibility(page: Page): Promise<void> {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const before = page.viewportSize();
  // All of the page at once: what the bar at the bottom covers in the middle of a scroll would be too small a target.
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  const grows = before !== null && height > before.height;
  if (grows) await page.setViewportSize({ width: before.width, height });
  const light = await runAxe(page, { type: 'tag', values: tags });
  // What differs in the other scheme is colours.
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await runAxe(page, { type: 'rule', values: ['color-contrast'] });
  await page.emulateMedia({ colorScheme: null });
  if (grows) await page.setViewportSize(before);
  const findings = [...light, ...dark];
  if (findings.length > 0) throw new Error(`${page.url()}\n${findings.join('\n')}`);
}

/** One page at both, from the wide one down: opening it again would take longer than to look at it. */
async function checkBothSizes(page: Page): Promise<void> {
  const before = page.viewportSize();
  for (const size of [desktop, phone, narrow]) {
    await page.setViewportSize(size);
    await page.evaluate(() => new Promise(requestAnimationFrame));
    if (size !== narrow) {
      await checkAccessibility(page);
      await page.screenshot({ path: picturePath(page, size) });
    }
    const tooWideBy = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (tooWideBy > 0) throw new Error(`${page.url()} is wider than ${size.width} pixels, by ${tooWideBy}.`);
  }
  if (before !== null) await page.setViewportSize(before);
}

/** Pages are named by their address; of one that is looked at more than once the last picture stays. */
function picturePath(page: Page, { width }: { width: number }): string {
  const path = new URL(page.url()).pathname.replaceAll(/[0-9a-f-]{36}/g, 'one');
  const name = path === '/' ? 'start' : path.slice(1).replaceAll('/', '-');
  return fileURLToPath(new URL(`../pictures/${name}-${width}.png`, import.meta.url));
}

/** In the page itself: the pages have no frames, for which axe's own builder opens another page each time. */
async function runAxe(page: Page, runOnly: axe.RunOnly): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (options) => (window as unknown as { axe: typeof axe }).axe.run(document, options),
    { runOnly, resultTypes: ['violations'], preload: false } satisfies axe.RunOptions,
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n  ${html}\n  ${failureSummary}`),
  );
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

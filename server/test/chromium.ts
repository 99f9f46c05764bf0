import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type CDPSession, chromium, type LaunchOptions, type Page } from 'playwright-core';

/** A real browser with an authenticator in it that always verifies its user. */
export type TestBrowser = {
  page: Page;
  /** Speaks to the browser itself, as its developer tools do. */
  devtools: CDPSession;
  stop(): Promise<void>;
};

const command = ['chromium', 'chromium-browser'].find((name) => spawnSync(name, ['--version']).status === 0);

/**
 * Whether the tests of this file can run: where Chromium is missing they are left out by name, but never in CI.
 * @throws Error in CI.
 */
export function needsChromium(file: string): boolean {
  if (command !== undefined) return true;
  const line = `${file} is left out: Chromium is not installed (Debian: apt-get install chromium).`;
  if (process.env['CI'] === 'true') throw new Error(line);
  process.stderr.write(`${line}\n`);
  return false;
}

export async function startBrowser(): Promise<TestBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'openward-chromium-'));
  const context: BrowserContext = await chromium.launchPersistentContext(folder, chromiumOptions());
  const page = context.pages()[0] ?? (await context.newPage());
  return {
    page,
    devtools: await addAuthenticator(context, page),
    stop: async () => {
      await context.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** How Debian's Chromium is started: it speaks to nobody but the pages' server. */
export function chromiumOptions(): LaunchOptions {
  return {
    executablePath: pathOf(command ?? 'chromium'),
    // As root Chromium starts without its sandbox only; the pages are our own.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync', '--disable-component-update'],
  };
}

/** An authenticator in a page's browser that always verifies its user. */
export async function addAuthenticator(context: BrowserContext, page: Page): Promise<CDPSession> {
  const devtools = await context.newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return devtools;
}

function pathOf(name: string): string {
  return spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
}

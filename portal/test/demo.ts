import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { runMain } from '../../server/test/command.ts';
import { freePort } from './portal.ts';

export type Demo = {
  url: string;
  /** Logs in by the button of the landing page. */
  enterAs(page: Page, role: 'patient' | 'doctor' | 'admin'): Promise<void>;
  stop(): Promise<void>;
};

/** A start of the product with its demo data, in a folder of its own: for pictures and measurements. */
export async function startDemo(): Promise<Demo> {
  const dataDir = await mkdtemp(join(tmpdir(), 'openward-demo-'));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const server = runMain(['start'], { DATA_DIR: dataDir, PORT: String(port) });
  const stop = async () => {
    server.process.kill('SIGTERM');
    await server.ended;
    await rm(dataDir, { recursive: true, force: true });
  };
  await server.says(/admin@demo/, 120_000).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    url,
    enterAs: async (page, role) => {
      await page.goto(url);
      await page.getByText(`${role}@demo`).locator('..').getByRole('button').click();
      await page.waitForURL((address) => address.pathname !== '/');
    },
    stop,
  };
}

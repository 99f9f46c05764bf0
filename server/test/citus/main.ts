import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cleanup } from '../faults/cluster/cleanup.ts';
import { CitusCluster } from './citus-cluster.ts';
import { findCitus, howToInstall } from './find-citus.ts';

const usage = `Usage: npm run test:citus -- [tests]

Runs the tests that touch the chat database with that database on Citus: the coordinator of TEST_CHAT_DATABASE_URL with its workers,
else a coordinator and two workers of an installed Citus, which it starts and removes again. CITUS_BIN names the folder of its programs.`;

/** All that reads or writes the chat database. */
const tests = [
  'server/src/modules/chat/',
  'server/src/modules/care/red-flags/flag-request',
  'server/src/modules/people/',
  'server/test/citus/',
  'server/test/backup',
  'server/test/journey',
];

const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--coverage.enabled=false'];

async function main(): Promise<number> {
  const chosen = process.argv.slice(2);
  if (chosen.includes('--help')) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const given = process.env['TEST_CHAT_DATABASE_URL'];
  if (given !== undefined) return runTests(given, chosen);
  const binaries = findCitus();
  if (binaries === null) throw new Error(howToInstall);
  const cleanup = new Cleanup();
  const folder = mkdtempSync(join(tmpdir(), 'openward-citus-'));
  chmodSync(folder, 0o711);
  cleanup.add(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  try {
    const cluster = await CitusCluster.start(folder, binaries, cleanup);
    process.stdout.write(`A coordinator and two workers run, of ${binaries.postgres}.\n`);
    return await runTests(await cluster.createDatabase('openward_tests'), chosen);
  } finally {
    cleanup.run();
  }
}

async function runTests(url: string, chosen: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...vitest, ...(chosen.length > 0 ? chosen : tests)], {
    env: { ...process.env, TEST_CHAT_DATABASE_URL: url },
    stdio: 'inherit',
  });
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});

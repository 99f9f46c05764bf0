import type { Config } from '../config.ts';
import type { Ctx, Platform } from '../context.ts';
import { migrateDatabases, openDatabases } from '../databases.ts';
import { isEmpty } from '../demo/is-empty.ts';
import { demoLogins } from '../demo/logins.ts';
import { createLog } from '../platform/log.ts';
import type { RoleName } from '../roles.ts';
import { type RunningNode, startNode } from '../start-node.ts';
import { switchLogLevelOnSignal } from './log-level.ts';
import { createProgress, type Progress } from './progress.ts';

const stopTimeoutMs = 15_000;

/** Runs the product until it is told to stop (SIGINT, SIGTERM). */
export async function start(config: Config, roles: RoleName[]): Promise<void> {
  const log = createLog(config);
  const progress = createProgress(config, log);
  for (const warning of config.warnings) log.warn(warning);
  const stopped = untilStopped();
  const stopSwitching = switchLogLevelOnSignal(log);
  progress.step(config.databases === null ? 'Starting PostgreSQL' : 'Looking for the databases');
  const databases = await openDatabases(config, progress.step);
  try {
    progress.step('Migrating the databases');
    await migrateDatabases(databases.urls, config);
    progress.step('Starting the services');
    let demo = false;
    // Before anybody is let in, so that whoever finds the product ready finds it filled.
    const beforeListening = async (platform: Platform, ctx: Ctx) => {
      if (config.demoData && roles.length === 3) demo = await fillWhenEmpty(platform, ctx, progress);
    };
    const node = await startNode({ config, urls: databases.urls, roles, log, beforeListening });
    try {
      progress.ready(welcome(config, node, roles, demo));
      await stopped.requested;
      progress.step('Stopping');
    } finally {
      await within(stopTimeoutMs, node.stop());
    }
  } finally {
    await databases.close();
    stopSwitching();
    stopped.dispose();
  }
}

/** @returns whether the demo logins are good: data filled now, or at an earlier start. */
async function fillWhenEmpty(platform: Platform, ctx: Ctx, progress: Progress): Promise<boolean> {
  const state = await isEmpty(ctx);
  if (state === 'empty') {
    progress.step('Filling demo data');
    // Loaded when it is needed: a start on a filled database does without.
    const { seedDemoData } = await import('../demo/seed.ts');
    await seedDemoData(platform, progress.step);
    return true;
  }
  return state === 'demo';
}

function welcome(config: Config, node: RunningNode, roles: RoleName[], demo: boolean): string[] {
  const base = config.http.publicUrl.href.replace(/\/$/, '');
  const lines = [`Openward listens on ${node.url} (roles: ${roles.join(', ')})`, ''];
  if (!roles.includes('api')) return lines;
  lines.push(`  Start here   ${base}/`, `  API page     ${base}/docs`);
  if (config.env !== 'production' && config.mail.smtpUrl === null) lines.push(`  Mailbox      ${base}/dev/mailbox`);
  if (demo) {
    lines.push('', '  Demo logins  (all made up)');
    for (const { role, email, password } of demoLogins)
      lines.push(`    ${role.padEnd(8)} ${email.padEnd(30)} ${password}`);
  }
  lines.push('', '  Ctrl-C stops it.');
  return lines;
}

/** The first signal asks to stop; a second one does not wait. */
function untilStopped(): { requested: Promise<void>; dispose(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let asked = false;
  const onSignal = () => {
    if (asked) process.exit(1);
    asked = true;
    resolve();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    requested: promise,
    dispose: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}

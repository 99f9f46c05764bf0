import type { Config } from '../config.ts';
import type { Ctx, Platform } from '../context.ts';
import { openDatabases, requireNewestSchema } from '../databases.ts';
import { isEmpty } from '../demo/is-empty.ts';
import { demoLogins } from '../demo/logins.ts';
import { createLog, type Logger } from '../platform/log.ts';
import type { RoleName } from '../roles.ts';
import { type RunningNode, startNode } from '../start-node.ts';
import { switchLogLevelOnSignal } from './log-level.ts';
import { createProgress, type Progress } from './progress.ts';

/** From the signal to the end, whatever hangs. Who asked has less patience than for ever: Docker waits 10 s, Kubernetes 30. */
const stopTimeoutMs = 12_500;

/** Runs the product until it is told to stop (SIGINT, SIGTERM). */
export async function start(config: Config, roles: RoleName[]): Promise<void> {
  const log = createLog(config);
  const progress = createProgress(config, log);
  for (const warning of config.warnings) log.warn(warning);
  const stopped = untilStopped(() => endAfter(stopTimeoutMs, log));
  const stopSwitching = switchLogLevelOnSignal(log);
  progress.step(config.databases === null ? 'Starting PostgreSQL' : 'Looking for the databases');
  const databases = await openDatabases(config, progress.step, stopped.signal).catch((error: unknown) => {
    if (stopped.signal.aborted) return null;
    throw error;
  });
  // It was waited for, and nobody waits any more.
  if (databases === null) return;
  try {
    progress.step(config.migrations.onStart ? 'Migrating the databases' : 'Comparing the schema');
    await requireNewestSchema(databases.urls, config, progress.step);
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
      await node.stop();
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

/** The first signal asks to stop, while all is being started too; a second one does not wait. */
function untilStopped(onFirst: () => void): { requested: Promise<void>; signal: AbortSignal; dispose(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const asked = new AbortController();
  const onSignal = () => {
    if (asked.signal.aborted) process.exit(1);
    asked.abort();
    onFirst();
    resolve();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    requested: promise,
    signal: asked.signal,
    dispose: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

/** What still holds the process then (a connection that nobody answers on) is let go with it. */
function endAfter(timeoutMs: number, log: Logger): void {
  setTimeout(() => {
    log.error({ timeoutMs }, 'not stopped in time, ending');
    process.exit(1);
  }, timeoutMs).unref();
}

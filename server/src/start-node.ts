import { routes as contracts } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import type { Config } from './config.ts';
import type { Ctx, Platform } from './context.ts';
import type { DatabaseUrls } from './databases.ts';
import {
  authenticate,
  isKnownCaller,
  measureAccounts,
  recognizeDevice,
  recordForgedCopy,
  recordWrongRole,
} from './modules/identity/index.ts';
import { openPlatform } from './open-platform.ts';
import { listen } from './platform/http/listen.ts';
import { mountRoute } from './platform/http/mount.ts';
import { mountOperations } from './platform/http/operations.ts';
import { createHttpServer } from './platform/http/server.ts';
import type { JobOrigin } from './platform/jobs/job-envelope.ts';
import { measureJobs } from './platform/jobs/measure-jobs.ts';
import type { Logger } from './platform/log.ts';
import type { DemoLogin } from './platform/pages/mount-portal.ts';
import { loadRole, type RoleName } from './roles.ts';

export type RunningNode = {
  ctx: Ctx;
  /** What the ctx was made of, for whoever needs one that differs in a part. */
  platform: Platform;
  /** Where it listens, as http://host:port. */
  url: string;
  /** Stops taking calls, says goodbye to sockets, lets jobs finish, closes what it opened. */
  stop(): Promise<void>;
};

type NodeOptions = {
  config: Config;
  urls: DatabaseUrls;
  roles: readonly RoleName[];
  log: Logger;
  overrides?: Partial<Platform>;
  /** What is to be done before anybody can call. */
  beforeListening?: (platform: Platform, ctx: Ctx) => Promise<void>;
};

/** Starts the roles of one process on databases that are there and migrated. What was opened is closed again if that fails. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const opened = await openPlatform(options);
  try {
    return await runRoles(options, opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function runRoles(
  options: NodeOptions,
  { platform, ctx, close }: Awaited<ReturnType<typeof openPlatform>>,
): Promise<RunningNode> {
  const { config, log } = options;
  const roles = await Promise.all(options.roles.map(loadRole));
  ctx.cache.onForged((policy) => {
    recordForgedCopy(ctx, policy).catch((error: unknown) =>
      log.warn({ err: error }, 'a security event was not written'),
    );
  });
  const doorkeeper = { authenticate, recognizeDevice, noteWrongRole: recordWrongRole };
  const app = await createHttpServer(ctx, (headers) => isKnownCaller(ctx, headers));
  for (const route of roles.flatMap((role) => role.routes)) mountRoute(app, ctx, route, doorkeeper);
  mountOperations(app, ctx, {
    routes: contracts,
    ready: [
      { name: 'main', needed: true, check: async () => void (await ctx.db.execute(sql`SELECT 1`)) },
      // Care goes on without the chat database; only a node that serves nothing but chat is not ready without it.
      {
        name: 'chat',
        needed: !options.roles.includes('api'),
        check: async () => void (await ctx.chatDb.execute(sql`SELECT 1`)),
      },
    ],
    pages: options.roles.includes('api') && { demoLogins: demoLoginsOf(ctx) },
  });
  const detach: (() => Promise<void>)[] = [];
  for (const role of roles) if (role.attach !== undefined) detach.push(await role.attach(ctx, app));
  const jobs = roles.flatMap((role) => role.jobs);
  if (jobs.length > 0) await platform.jobs.work(jobs, forJob(ctx));
  await options.beforeListening?.(platform, ctx);
  if (options.roles.includes('worker')) {
    measureJobs(ctx);
    measureAccounts(ctx);
  }
  const stopGuard = await ctx.guard.start(ctx);
  const { host, port } = config.http;
  const { metricsPort } = config;
  const stopMetrics =
    metricsPort === null
      ? null
      : await listening({ name: 'METRICS_PORT', host, port: metricsPort }, ctx.metrics.listen(host, metricsPort));
  const url = await listening({ name: 'PORT', host, port }, listen(app, { host, port })).catch(
    async (error: unknown) => {
      // What goes on listening would keep the process from ending.
      await stopMetrics?.();
      throw error;
    },
  );
  const stopLooking = ctx.load.start();
  return {
    ctx,
    platform,
    url,
    stop: async () => {
      await Promise.all(detach.map((end) => end()));
      await app.close();
      stopLooking();
      await stopGuard();
      await stopMetrics?.();
      await close();
      log.info('stopped');
    },
  };
}

/** @throws Error that names the setting to change, where it is a setting. */
async function listening<T>(at: { name: string; host: string; port: number }, begun: Promise<T>): Promise<T> {
  return begun.catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE')
      throw new Error(`Port ${at.port} on ${at.host} is in use. Set ${at.name} to another.`, { cause: error });
    if (code === 'EACCES')
      throw new Error(`Port ${at.port} is not for this user. Set ${at.name} to one above 1023.`, { cause: error });
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
      throw new Error(`HOST is ${at.host}, which is no address of this machine. Set it to one.`, { cause: error });
    throw error;
  });
}

function forJob(ctx: Ctx) {
  return (from: JobOrigin) => ctx.as(null, { ...from, ip: null, userAgent: null });
}

/** What the first page may show: the logins of the demo data, when they are wanted and there. Looked for until found. */
function demoLoginsOf(ctx: Ctx): () => Promise<readonly DemoLogin[]> {
  if (!ctx.config.demoData || ctx.config.env === 'production') return async () => [];
  let found: readonly DemoLogin[] = [];
  return async () => {
    if (found.length === 0) {
      const { findDemoLogins } = await import('./demo/find-demo-logins.ts');
      found = await findDemoLogins(ctx).catch(() => []);
    }
    return found;
  };
}

import { routes as contracts } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import type { Config } from './config.ts';
import type { Ctx, Platform } from './context.ts';
import type { DatabaseUrls } from './databases.ts';
import {
  authenticate,
  measureAccounts,
  recognizeDevice,
  recordForgedCopy,
  recordWrongRole,
} from './modules/identity/index.ts';
import { openPlatform } from './open-platform.ts';
import { mountRoute } from './platform/http/mount.ts';
import { mountOperations } from './platform/http/operations.ts';
import { createHttpServer } from './platform/http/server.ts';
import type { JobOrigin } from './platform/jobs/job-envelope.ts';
import { measureJobs } from './platform/jobs/measure-jobs.ts';
import type { Logger } from './platform/log.ts';
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
  const app = await createHttpServer(ctx);
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
    pages: options.roles.includes('api'),
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
  const url = await app.listen({ host: config.http.host, port: config.http.port });
  const stopMetrics =
    config.metricsPort === null ? null : await ctx.metrics.listen(config.http.host, config.metricsPort);
  return {
    ctx,
    platform,
    url,
    stop: async () => {
      await Promise.all(detach.map((end) => end()));
      await app.close();
      await stopGuard();
      await stopMetrics?.();
      await close();
      log.info('stopped');
    },
  };
}

function forJob(ctx: Ctx) {
  return (from: JobOrigin) => ctx.as(null, { ...from, ip: null, userAgent: null });
}

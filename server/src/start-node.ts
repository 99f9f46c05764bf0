import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import type { Ctx, Platform } from './context.ts';
import type { DatabaseUrls } from './databases.ts';
import { openPlatform } from './open-platform.ts';
import { mountRoute } from './platform/http/mount.ts';
import { mountHealth, type ReadyCheck } from './platform/http/operations.ts';
import type { Route } from './platform/http/route.ts';
import { createHttpServer } from './platform/http/server.ts';
import type { JobOrigin } from './platform/jobs/job-envelope.ts';
import type { Logger } from './platform/log.ts';
import { type Part, stopParts } from './platform/stop-parts.ts';
import { loadRole, type RoleName } from './roles.ts';

export type RunningNode = {
  ctx: Ctx;
  /** What the ctx was made of, for whoever needs one that differs in a part. */
  platform: Platform;
  /** Where it listens, as http://host:port. */
  url: string;
  /**
   * Says that it is not ready, goes on serving until balancers have seen so, says goodbye to sockets, answers what was asked, lets jobs finish or hands
   * them back, closes what it opened. In less than 15 s, whatever hangs.
   */
  stop(): Promise<void>;
};

/** All of a stop. What runs it ends the process a moment later. */
const stopTimeoutMs = 10_500;
/** So long calls that have begun may take to be answered. */
const answersTimeoutMs = 3_000;

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
  const routes = roles.flatMap((role) => role.routes);
  const state = { stopping: false };
  const app = await createHttpServer(ctx);
  // Whoever keeps a connection for later calls makes a new one, at a node that stays.
  app.addHook('onSend', async (_request, reply) => {
    if (state.stopping) reply.header('connection', 'close');
  });
  if (routes.length > 0) await mountRoutes(app, ctx, routes);
  if (options.roles.includes('api')) await mountApiPages(app, ctx);
  mountHealth(app, ctx, { ready: readyChecks(ctx, options.roles), isStopping: () => state.stopping });
  const detach: (() => Promise<void>)[] = [];
  for (const role of roles) if (role.attach !== undefined) detach.push(await role.attach(ctx, app));
  const jobs = roles.flatMap((role) => role.jobs);
  if (jobs.length > 0) await platform.jobs.work(jobs, forJob(ctx));
  await options.beforeListening?.(platform, ctx);
  const stopGuard = routes.length > 0 ? await ctx.guard.start(ctx) : async () => {};
  const url = await app.listen({ host: config.http.host, port: config.http.port });
  const stopMetrics =
    config.metricsPort === null ? null : await ctx.metrics.listen(config.http.host, config.metricsPort);
  return {
    ctx,
    platform,
    url,
    stop: () => {
      state.stopping = true;
      // At once, and beside everything else: what is to be finished has all the time there is.
      const resting = platform.jobs.rest();
      resting.catch(() => {});
      const drainMs = routes.length > 0 ? config.stop.drainMs : 0;
      const parts: Part[] = [
        { name: 'drain', maxMs: drainMs + 100, stop: () => sleep(drainMs) },
        { name: 'sockets', maxMs: 3500, stop: () => Promise.all(detach.map((end) => end())) },
        { name: 'http', maxMs: 4000, stop: () => closeHttp(app) },
        { name: 'running jobs', maxMs: 5000, stop: () => resting },
        { name: 'abuse rules', maxMs: 500, stop: stopGuard },
        { name: 'metrics', maxMs: 500, stop: async () => stopMetrics?.() },
        { name: 'connections', maxMs: 5000, stop: close },
      ];
      return stopParts(parts, { log, withinMs: stopTimeoutMs }).then(() => log.info('stopped'));
    },
  };
}

function readyChecks({ db, chatDb }: Ctx, roles: readonly RoleName[]): ReadyCheck[] {
  const main = { name: 'main', needed: true, check: async () => void (await db.execute(sql`SELECT 1`)) };
  // A node of the api alone asks the chat database now and then, and keeps no connection for the sake of probes.
  if (roles.every((role) => role === 'api')) return [main];
  // Care goes on without the chat database; only a node that serves no care is not ready without it.
  const needed = !roles.includes('api');
  return [main, { name: 'chat', needed, check: async () => void (await chatDb.execute(sql`SELECT 1`)) }];
}

/** With who stands at the door: loaded only where there is one. */
async function mountRoutes(app: FastifyInstance, ctx: Ctx, routes: readonly Route[]): Promise<void> {
  const { authenticate, recognizeDevice, recordForgedCopy, recordWrongRole } = await import(
    './modules/identity/index.ts'
  );
  ctx.cache.onForged((policy) => {
    recordForgedCopy(ctx, policy).catch((error: unknown) =>
      ctx.log.warn({ err: error }, 'a security event was not written'),
    );
  });
  const doorkeeper = { authenticate, recognizeDevice, noteWrongRole: recordWrongRole };
  for (const route of routes) mountRoute(app, ctx, route, doorkeeper);
}

async function mountApiPages(app: FastifyInstance, ctx: Ctx): Promise<void> {
  const [{ mountDocuments }, { routes }] = await Promise.all([
    import('./platform/http/documents.ts'),
    import('@openward/contracts'),
  ]);
  mountDocuments(app, ctx, routes);
}

/** Who is still at it after a while (an upload, a client that does not read) is cut off. */
async function closeHttp(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), answersTimeoutMs);
  await app.close();
  clearTimeout(timer);
}

function forJob(ctx: Ctx) {
  return (from: JobOrigin) => ctx.as(null, { ...from, ip: null, userAgent: null });
}

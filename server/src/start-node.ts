import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import type { Ctx, Platform } from './context.ts';
import type { DatabaseUrls } from './databases.ts';
import { openPlatform } from './open-platform.ts';
import { listen } from './platform/http/listen.ts';
import { mountRoute } from './platform/http/mount.ts';
import { mountHealth, type ReadyCheck } from './platform/http/operations.ts';
import type { Route } from './platform/http/route.ts';
import { createHttpServer } from './platform/http/server.ts';
import type { JobOrigin } from './platform/jobs/job-envelope.ts';
import type { Logger } from './platform/log.ts';
import type { DemoLogin } from './platform/pages/mount-portal.ts';
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
  const app = await createHttpServer(ctx, await knowCallers(ctx, routes));
  // Whoever keeps a connection for later calls makes a new one, at a node that stays.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (state.stopping) reply.header('connection', 'close');
    done();
  });
  if (routes.length > 0) await mountRoutes(app, ctx, routes);
  if (options.roles.includes('api')) await mountApiPages(app, ctx);
  mountHealth(app, ctx, { ready: readyChecks(ctx, options.roles), isStopping: () => state.stopping });
  const detach: (() => Promise<void>)[] = [];
  for (const role of roles) if (role.attach !== undefined) detach.push(await role.attach(ctx, app));
  const jobs = roles.flatMap((role) => role.jobs);
  if (jobs.length > 0) await platform.jobs.work(jobs, forJob(ctx));
  await options.beforeListening?.(platform, ctx);
  if (options.roles.includes('worker')) await measureWork(ctx);
  const stopGuard = routes.length > 0 ? await ctx.guard.start(ctx) : async () => {};
  const { url, stopMetrics } = await openPorts(app, ctx);
  const stopLooking = ctx.load.start();
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
        { name: 'load', maxMs: 100, stop: async () => stopLooking() },
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

/** Who is known goes first under load: asked before a call is one, and only where there are calls. */
async function knowCallers(ctx: Ctx, routes: readonly Route[]): Promise<Parameters<typeof createHttpServer>[1]> {
  if (routes.length === 0) return undefined;
  const { isKnownCaller } = await import('./modules/identity/index.ts');
  return (headers) => isKnownCaller(ctx, headers);
}

async function measureWork(ctx: Ctx): Promise<void> {
  const [{ measureAccounts }, { measureWaiting }, { measureJobs }] = await Promise.all([
    import('./modules/identity/index.ts'),
    import('./modules/care/index.ts'),
    import('./platform/jobs/measure-jobs.ts'),
  ]);
  measureJobs(ctx);
  measureAccounts(ctx);
  measureWaiting(ctx);
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
  mountDocuments(app, ctx, { routes, demoLogins: demoLoginsOf(ctx) });
}

/** Who is still at it after a while (an upload, a client that does not read) is cut off. */
async function closeHttp(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), answersTimeoutMs);
  await app.close();
  clearTimeout(timer);
}

/** @throws Error that names the setting to change, where it is one. Then nothing listens. */
async function openPorts(app: FastifyInstance, ctx: Ctx) {
  const { metricsPort, http } = ctx.config;
  const { host, port } = http;
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
  return { url, stopMetrics };
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

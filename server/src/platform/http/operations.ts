import type { Contract } from '@openward/contracts';
import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify';
import type { Ctx } from '../../context.ts';
import { addressKey } from '../limits/address-key.ts';
import { limitHeaders } from '../limits/limit-headers.ts';
import { isFresh } from '../pages/is-fresh.ts';
import { mountPages } from '../pages/mount-pages.ts';
import { type DemoLogin, mountPortal } from '../pages/mount-portal.ts';
import { etagOf } from '../pages/portal-files.ts';
import { Problem } from '../problem.ts';
import { readVersion } from '../version.ts';
import { callerAddress } from './caller-address.ts';
import { asyncApiDocument } from './openapi/asyncapi.ts';
import { openApiDocument } from './openapi.ts';
import { problemBody } from './raw-answer.ts';

/**
 * A part that may be away: `check` then rejects, or does not answer. Without a `needed` one the node is not ready; of the
 * others the answer only tells.
 */
export type ReadyCheck = { name: string; needed: boolean; check(): Promise<void> };

const checkTimeoutMs = 2000;
const retryAfterS = 2;

/**
 * What is not of the API itself: health on every node, and with `pages` (the role api) public keys, the OpenAPI document
 * and the pages for people. All but health, the mailbox and the portal's files, which are in memory, count against the anonymous
 * reading limit.
 */
export function mountOperations(
  app: FastifyInstance,
  ctx: Ctx,
  options: {
    routes: ReadonlyMap<string, Contract>;
    ready: readonly ReadyCheck[];
    pages: false | { demoLogins: () => Promise<readonly DemoLogin[]> };
  },
): void {
  mountHealth(app, ctx, options.ready);
  if (options.pages === false) return;
  const limit: onRequestAsyncHookHandler = async (request, reply) => {
    reply.headers(limitHeaders(await ctx.limits.take('address.read', addressKey(callerAddress(request) ?? ''))));
  };
  app.get('/.well-known/jwks.json', { onRequest: limit }, async (_request, reply) =>
    reply
      .header('cache-control', 'public, max-age=300')
      .type('application/jwk-set+json')
      .send(JSON.stringify(ctx.keys.jwks())),
  );
  const document = openApiDocument(options.routes, {
    serverUrl: ctx.config.http.publicUrl.origin,
    version: readVersion(),
  });
  const asyncApi = asyncApiDocument({ serverUrl: ctx.config.http.publicUrl.origin, version: readVersion() });
  for (const [path, content] of Object.entries({ '/openapi.json': document, '/asyncapi.json': asyncApi })) {
    const text = JSON.stringify(content);
    // The same bytes for everybody: a text is copied for each who reads it slowly.
    const bytes = Buffer.from(text);
    const etag = etagOf(text);
    app.get(path, { onRequest: limit }, async (request, reply) => {
      reply.header('cache-control', 'no-cache').header('etag', etag);
      return isFresh(request, etag)
        ? reply.code(304).send()
        : reply.type('application/json; charset=utf-8').send(bytes);
    });
  }
  mountPages(app, ctx, document, limit);
  mountPortal(app, ctx, options.pages.demoLogins);
}

/** For probes: never limited, and quiet in the log. */
function mountHealth(app: FastifyInstance, ctx: Ctx, ready: readonly ReadyCheck[]): void {
  for (const path of ['/health/live', '/health/ready']) app.shedder.know('GET', path, null);
  const look = together(() =>
    Promise.all(ready.map(async ({ name, check }) => [name, await answers(ctx, name, check)] as const)),
  );
  const quiet = { config: { quiet: true } };
  app.get('/health/live', quiet, async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
  app.get('/health/ready', quiet, async (request, reply) => {
    const results = await look();
    const checks = Object.fromEntries(results.map(([name, ok]) => [name, ok ? 'ok' : 'away']));
    const needed = new Set(ready.filter((part) => part.needed).map(({ name }) => name));
    const away = results.filter(([name, ok]) => !ok && needed.has(name)).map(([name]) => name);
    reply.header('cache-control', 'no-store');
    // Busy is not broken: whoever takes a busy node out gives its calls to the others.
    const load = ctx.load.isBusy ? { load: 'shedding' } : {};
    if (away.length === 0) return reply.send({ status: 'ready', checks, ...load });
    const problem = new Problem('unavailable', {
      detail: `Not ready: ${away.join(', ')} does not answer.`,
      retryAfterS,
      members: { checks },
    });
    return reply
      .code(problem.status)
      .header('retry-after', String(retryAfterS))
      .type('application/problem+json')
      .send(JSON.stringify(problemBody(problem, request.id)));
  });
}

/** Who asks while the answer is being found out gets the same one: a flood of questions is one question. */
function together<T>(ask: () => Promise<T>): () => Promise<T> {
  let asking: Promise<T> | null = null;
  return () => {
    asking ??= ask().finally(() => {
      asking = null;
    });
    return asking;
  };
}

/** True when the check succeeds in time. */
async function answers(ctx: Ctx, name: string, check: () => Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${checkTimeoutMs} ms`)), checkTimeoutMs);
  });
  try {
    await Promise.race([check(), late]);
    return true;
  } catch (error) {
    ctx.log.debug({ check: name, reason: error instanceof Error ? error.message : String(error) }, 'not ready');
    return false;
  } finally {
    clearTimeout(timer);
  }
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Logged at debug only. */
    quiet?: boolean;
  }
}

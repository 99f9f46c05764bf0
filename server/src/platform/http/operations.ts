import type { Contract } from '@openward/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type { Ctx } from '../../context.ts';
import { addressKey } from '../limits/address-key.ts';
import { limitHeaders } from '../limits/limit-headers.ts';
import { etagOf, isFresh, mountPages } from '../pages/mount-pages.ts';
import { Problem } from '../problem.ts';
import { readVersion } from '../version.ts';
import { callerAddress } from './caller-address.ts';
import { asyncApiDocument } from './openapi/asyncapi.ts';
import { openApiDocument } from './openapi.ts';
import { problemBody } from './server.ts';

/**
 * A part that may be away: `check` then rejects, or does not answer. Without a `needed` one the node is not ready; of the
 * others the answer only tells.
 */
export type ReadyCheck = { name: string; needed: boolean; check(): Promise<void> };

const checkTimeoutMs = 2000;
const retryAfterS = 2;

/**
 * What is not of the API itself: health on every node, and with `pages` (the role api) public keys, the OpenAPI document
 * and the pages for people. All but health and the mailbox count against the anonymous reading limit.
 */
export function mountOperations(
  app: FastifyInstance,
  ctx: Ctx,
  options: {
    routes: ReadonlyMap<string, Contract>;
    ready: readonly ReadyCheck[];
    /** It still serves, and soon will not. */
    isStopping(): boolean;
    pages: boolean;
  },
): void {
  mountHealth(app, ctx, options);
  if (!options.pages) return;
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
    const etag = etagOf(text);
    app.get(path, { onRequest: limit }, async (request, reply) => {
      reply.header('cache-control', 'no-cache').header('etag', etag);
      return isFresh(request, etag) ? reply.code(304).send() : reply.type('application/json; charset=utf-8').send(text);
    });
  }
  mountPages(app, ctx, document, limit);
}

/** For probes: never limited, and quiet in the log. */
function mountHealth(
  app: FastifyInstance,
  ctx: Ctx,
  { ready, isStopping }: { ready: readonly ReadyCheck[]; isStopping(): boolean },
): void {
  const quiet = { config: { quiet: true } };
  app.get('/health/live', quiet, async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
  const refuse = (request: FastifyRequest, reply: FastifyReply, detail: string, members: Record<string, unknown>) => {
    const problem = new Problem('unavailable', { detail, retryAfterS, members });
    return reply
      .code(problem.status)
      .header('retry-after', String(retryAfterS))
      .type('application/problem+json')
      .send(JSON.stringify(problemBody(problem, request.id)));
  };
  app.get('/health/ready', quiet, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    if (isStopping()) return refuse(request, reply, 'Not ready: this node is stopping.', { status: 'stopping' });
    const results = await Promise.all(
      ready.map(async ({ name, check }) => [name, await answers(ctx, name, check)] as const),
    );
    const checks = Object.fromEntries(results.map(([name, ok]) => [name, ok ? 'ok' : 'away']));
    const needed = new Set(ready.filter((part) => part.needed).map(({ name }) => name));
    const away = results.filter(([name, ok]) => !ok && needed.has(name)).map(([name]) => name);
    if (away.length === 0) return reply.send({ status: 'ready', checks });
    return refuse(request, reply, `Not ready: ${away.join(', ')} does not answer.`, { checks });
  });
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

import type { Contract } from '@openward/contracts';
import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify';
import type { Ctx } from '../../context.ts';
import { addressKey } from '../limits/address-key.ts';
import { limitHeaders } from '../limits/limit-headers.ts';
import { isFresh } from '../pages/is-fresh.ts';
import { mountPages } from '../pages/mount-pages.ts';
import { type DemoLogin, mountPortal } from '../pages/mount-portal.ts';
import { etagOf } from '../pages/portal-files.ts';
import { readVersion } from '../version.ts';
import { callerAddress } from './caller-address.ts';
import { asyncApiDocument } from './openapi/asyncapi.ts';
import { openApiDocument } from './openapi.ts';

type Documents = { routes: ReadonlyMap<string, Contract>; demoLogins: () => Promise<readonly DemoLogin[]> };

/**
 * Public keys, the OpenAPI document and the pages for people: on nodes of the role api. All but the mailbox and the portal's files,
 * which are in memory, count against the anonymous reading limit.
 */
export function mountDocuments(app: FastifyInstance, ctx: Ctx, { routes, demoLogins }: Documents): void {
  const limit: onRequestAsyncHookHandler = async (request, reply) => {
    reply.headers(limitHeaders(await ctx.limits.take('address.read', addressKey(callerAddress(request) ?? ''))));
  };
  app.get('/.well-known/jwks.json', { onRequest: limit }, async (_request, reply) =>
    reply
      .header('cache-control', 'public, max-age=300')
      .type('application/jwk-set+json')
      .send(JSON.stringify(ctx.keys.jwks())),
  );
  const document = openApiDocument(routes, {
    serverUrl: ctx.config.http.publicUrl.origin,
    version: readVersion(),
  });
  const asyncApi = asyncApiDocument({ serverUrl: ctx.config.http.publicUrl.origin, version: readVersion() });
  for (const [path, content] of Object.entries({ '/openapi.json': document, '/asyncapi.json': asyncApi })) {
    const text = JSON.stringify(content);
    // The same bytes for everybody: a text is copied for each who reads it slowly.
    const bytes = Buffer.from(text);
    const etag = etagOf(text);
    app.shedder.know('GET', path, { priority: 'bulk', part: 'documents' });
    app.get(path, { onRequest: limit }, async (request, reply) => {
      reply.raw.once('close', ctx.load.begin('documents'));
      reply.header('cache-control', 'no-cache').header('etag', etag);
      return isFresh(request, etag)
        ? reply.code(304).send()
        : reply.type('application/json; charset=utf-8').send(bytes);
    });
  }
  mountPages(app, ctx, document, limit);
  mountPortal(app, ctx, demoLogins);
}

import type { FastifyInstance, FastifyReply, onRequestAsyncHookHandler } from 'fastify';
import type { Ctx } from '../../context.ts';
import type { OpenApiDocument } from '../http/openapi/types.ts';
import { readMailbox } from '../mail/dev-mailbox.ts';
import { invalidField } from '../problem.ts';
import { apiPage } from './api-page.ts';
import { type Asset, assets } from './assets.ts';
import { isFresh } from './is-fresh.ts';
import { mailboxPage } from './mailbox-page.ts';
import { etagOf } from './portal-files.ts';

/** Everything from here, nothing inline, no frames. */
const policy =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const policies = {
  plain: policy,
  form: policy.replace("form-action 'none'", "form-action 'self'"),
} as const;

/** The pages beside the portal. `limit` counts each of them but the mailbox, which is a tool of development only. */
export function mountPages(
  app: FastifyInstance,
  ctx: Ctx,
  document: OpenApiDocument,
  limit: onRequestAsyncHookHandler,
): void {
  const mailbox = ctx.config.env !== 'production' && ctx.config.mail.smtpUrl === null;
  const links = [
    { href: '/docs', label: 'API' },
    { href: '/openapi.json', label: 'OpenAPI' },
    ...(mailbox ? [{ href: '/dev/mailbox', label: 'Mailbox' }] : []),
  ];
  const at = (href: string) => links.map((link) => ({ ...link, current: link.href === href }));
  mountFixed(app, '/docs', apiPage(document, at('/docs')), limit);
  for (const asset of assets) mountAsset(app, asset, limit);
  if (mailbox) mountMailbox(app, ctx, at('/dev/mailbox'));
}

/** A page that is the same for everyone until the next start. */
function mountFixed(app: FastifyInstance, path: string, page: string, limit: onRequestAsyncHookHandler): void {
  const etag = etagOf(page);
  app.get(path, { onRequest: limit }, async (request, reply) => {
    // The policy goes with a 304 as well: browsers take a 304's headers over those that they have kept.
    reply.header('cache-control', 'no-cache').header('etag', etag).header('content-security-policy', policies.plain);
    return isFresh(request, etag) ? reply.code(304).send() : sendPage(reply, page, 'plain');
  });
}

/** Kept for ever under the URL that names its content, asked for again under any other. */
function mountAsset(app: FastifyInstance, { path, hash, type, body }: Asset, limit: onRequestAsyncHookHandler): void {
  const etag = `"${hash}"`;
  app.get<{ Querystring: { v?: unknown } }>(path, { onRequest: limit }, async (request, reply) => {
    reply
      .header('cache-control', request.query.v === hash ? 'public, max-age=31536000, immutable' : 'no-cache')
      .header('etag', etag);
    return isFresh(request, etag) ? reply.code(304).send() : reply.type(type).send(body);
  });
}

function mountMailbox(app: FastifyInstance, ctx: Ctx, links: { href: string; label: string }[]): void {
  type Query = { Querystring: { to?: unknown } };
  app.get<Query>('/dev/mailbox', async (request, reply) => {
    const to = recipientOf(request.query.to);
    return sendPage(
      reply.header('cache-control', 'no-store'),
      mailboxPage(await readMailbox(ctx.db, to), to, links),
      'form',
    );
  });
  app.get<Query>('/dev/mailbox.json', async (request, reply) => {
    const mails = await readMailbox(ctx.db, recipientOf(request.query.to));
    return reply.header('cache-control', 'no-store').send({ items: mails });
  });
}

/** @throws Problem 400 for more than one recipient, or for what no address can hold. */
function recipientOf(to: unknown): string | undefined {
  if (to === undefined) return undefined;
  if (typeof to !== 'string' || to.length > 320 || to.includes('\0'))
    throw invalidField('to', 'format', 'to takes one address.');
  const address = to.trim();
  return address === '' ? undefined : address;
}

function sendPage(reply: FastifyReply, page: string, kind: keyof typeof policies): FastifyReply {
  return reply.header('content-security-policy', policies[kind]).type('text/html; charset=utf-8').send(page);
}

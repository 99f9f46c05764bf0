import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Ctx } from '../../context.ts';
import { preferredLanguage } from '../http/preferred-language.ts';
import { escapeHtml } from '../mail/mail.ts';
import { notFound } from '../problem.ts';
import { readVersion } from '../version.ts';
import { isFresh } from './is-fresh.ts';
import { builtAt, etagOf, type Portal, type PortalFile, readPortal } from './portal-files.ts';

/** A login of the demo data, for the first page; none in production. */
export type DemoLogin = { readonly role: string; readonly email: string; readonly password: string };

const dir = fileURLToPath(new URL('../../../../portal/dist/', import.meta.url));

/**
 * Everything from here and nothing inline. Scripts turn no text into code (Trusted Types), but for the one address of the
 * service worker. Pictures of a conversation are shown from memory (blob:).
 */
function policyOf(publicUrl: URL): string {
  const socket = `${publicUrl.protocol === 'https:' ? 'wss:' : 'ws:'}//${publicUrl.host}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    // The socket by name: browsers of some years ago do not count it to 'self'.
    `connect-src 'self' ${socket}`,
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types openward',
  ].join('; ');
}

/** The portal at `/`: one page for all its paths, and its files. Where it was not built, these paths are not there. */
export function mountPortal(app: FastifyInstance, ctx: Ctx, demoLogins: () => Promise<readonly DemoLogin[]>): void {
  const { config, log } = ctx;
  let portal = readPortal(dir);
  if (portal === null) {
    log.warn('no portal here: what stands before serves one, or run `npm run build`, then start again');
    return;
  }
  let readAt = builtAt(dir);
  const current = (): Portal => {
    const at = config.env === 'development' ? builtAt(dir) : readAt;
    if (at !== readAt && at > 0) [portal, readAt] = [readPortal(dir) ?? portal, at];
    return portal ?? { page: '', files: new Map(), routes: [] };
  };
  const policy = policyOf(config.http.publicUrl);
  const mailbox = config.env !== 'production' && config.mail.smtpUrl === null;

  for (const { path } of portal.routes)
    app.get(path, async (request, reply) => {
      if (!takesHtml(request)) throw notFound();
      const demo = await demoLogins();
      const site = { version: readVersion(), mailbox, ...(demo.length > 0 ? { demo } : {}) };
      const page = withFiles(withSite(current().page, site), filesFor(current(), path, request));
      const etag = etagOf(page);
      reply
        .header('cache-control', 'no-cache')
        .header('etag', etag)
        .header('vary', 'accept, accept-language')
        .header('content-security-policy', policy);
      return isFresh(request, etag) ? reply.code(304).send() : reply.type('text/html; charset=utf-8').send(page);
    });

  const send = async (request: FastifyRequest, reply: FastifyReply) => {
    const file = current().files.get(request.url.split('?')[0] ?? '');
    if (file === undefined) throw notFound();
    return sendFile(request, reply, file);
  };
  app.get('/assets/*', send);
  for (const [path, { isHashed }] of portal.files) if (!isHashed) app.get(path, send);
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: PortalFile): FastifyReply {
  const encoding = bestEncoding(request.headers['accept-encoding'] ?? '', file);
  reply
    .header('cache-control', file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    .header('etag', file.etag)
    .header('vary', 'accept-encoding')
    // A service worker has the policy that it came with: it speaks to this server only.
    .header('content-security-policy', "default-src 'none'; connect-src 'self'; frame-ancestors 'none'")
    .type(file.type);
  if (isFresh(request, file.etag)) return reply.code(304).send();
  if (encoding !== 'identity') reply.header('content-encoding', encoding);
  return reply.send(file.bodies[encoding] ?? file.bodies.identity);
}

/** What the browser takes (RFC 9110, 12.5.3); `br;q=0` is a no. */
function bestEncoding(accepted: string, { bodies }: PortalFile): 'br' | 'gzip' | 'identity' {
  const taken = new Set(
    accepted
      .split(',')
      .map((part) => part.trim().toLowerCase())
      .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
      .map((part) => part.split(';')[0]?.trim()),
  );
  if (bodies.br !== undefined && taken.has('br')) return 'br';
  return bodies.gzip !== undefined && taken.has('gzip') ? 'gzip' : 'identity';
}

/** A browser that goes to a page. Programs that mistype a path get the problem that they understand. */
function takesHtml({ headers }: FastifyRequest): boolean {
  return /\btext\/html\b/i.test(headers.accept ?? '');
}

/** What the browser will ask for at this path, in the language that it will choose: a guess, which costs a call when it is wrong. */
function filesFor({ routes }: Portal, path: string, request: FastifyRequest): readonly string[] {
  const route = routes.find((one) => one.path === path);
  return route === undefined ? [] : [...route.files, ...route.texts[preferredLanguage(request)]];
}

/** Named in the page, they come with the first calls instead of one after the other, each found in the one before. */
function withFiles(page: string, files: readonly string[]): string {
  const links = files.map(
    (file) => `<link rel="${file.endsWith('.css') ? 'stylesheet' : 'modulepreload'}" crossorigin href="${file}" />\n`,
  );
  return page.replace('</head>', () => `${links.join('')}</head>`);
}

/** What the page is told goes into a meta element: a script in the page would not run. */
function withSite(page: string, site: object): string {
  const meta = `<meta name="openward-site" content="${escapeHtml(JSON.stringify(site))}" />`;
  return page.replace('</title>', () => `</title>\n    ${meta}`);
}

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Language } from '@openward/contracts';

export type PortalFile = {
  readonly type: string;
  readonly etag: string;
  /** Named by its content, so that it may be kept for ever. */
  readonly isHashed: boolean;
  /** The file as it is, and as small as the build could make it. */
  readonly bodies: { readonly identity: Buffer; readonly br?: Buffer; readonly gzip?: Buffer };
};

/** A path that is the portal's, `/requests/:id`, and which files show it, beside those that the page names for all. */
export type PortalRoute = {
  readonly path: string;
  readonly files: readonly string[];
  readonly texts: Readonly<Record<Language, readonly string[]>>;
};

export type Portal = {
  /** The one page of all paths, before it is told about the server. */
  readonly page: string;
  /** By path: `/assets/index-Bk3f.js`. */
  readonly files: ReadonlyMap<string, PortalFile>;
  readonly routes: readonly PortalRoute[];
};

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

/** What the build made, in memory: it is less than a megabyte. Null where nothing was built. */
export function readPortal(dir: string): Portal | null {
  if (!statSync(join(dir, 'routes.json'), { throwIfNoEntry: false })) return null;
  const read = (name: string) => readFileSync(join(dir, name));
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
  const known = new Set(names);
  const files = names.flatMap((name): [string, PortalFile][] => {
    const type = types[extname(name)];
    if (type === undefined) return [];
    const identity = read(name);
    const bodies = {
      identity,
      ...(known.has(`${name}.br`) ? { br: read(`${name}.br`) } : {}),
      ...(known.has(`${name}.gz`) ? { gzip: read(`${name}.gz`) } : {}),
    };
    return [[`/${name}`, { type, etag: etagOf(identity), isHashed: name.startsWith('assets/'), bodies }]];
  });
  const routes: unknown = JSON.parse(read('routes.json').toString());
  if (!Array.isArray(routes) || !routes.every((route) => typeof route?.path === 'string')) {
    throw new Error(`${join(dir, 'routes.json')} is not a list of routes. Build the portal again.`);
  }
  return { page: read('index.html').toString(), files: new Map(files), routes };
}

/** When it was built: in development it is read again after each build. */
export function builtAt(dir: string): number {
  return statSync(join(dir, 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

export function etagOf(content: string | Buffer): string {
  return `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
}

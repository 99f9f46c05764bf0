import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export type Asset = { path: string; url: string; hash: string; type: string; body: Buffer };

/** In this order: later ones win. Narrow screens and print come last. */
const styles = ['base', 'api-page', 'operation', 'tables', 'code', 'small-pages', 'narrow'];

/** What a page needs beside its markup; the URL names the content, so that it can be kept for ever. */
function asset(name: string, type: string, files: readonly string[]): Asset {
  const body = Buffer.concat(files.map((file) => readFileSync(new URL(`./assets/${file}`, import.meta.url))));
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 16);
  const path = `/assets/${name}`;
  return { path, url: `${path}?v=${hash}`, hash, type, body };
}

export const stylesheet = asset(
  'openward.css',
  'text/css; charset=utf-8',
  styles.map((name) => `styles/${name}.css`),
);
export const icon = asset('openward.svg', 'image/svg+xml', ['openward.svg']);

export const assets: readonly Asset[] = [stylesheet, icon];

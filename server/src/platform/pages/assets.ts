import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export type Asset = { path: string; url: string; hash: string; type: string; body: Buffer };

/** Reads what a page needs beside its markup; the URL names the content, so that it can be kept for ever. */
function load(name: string, type: string): Asset {
  const body = readFileSync(new URL(`./assets/${name}`, import.meta.url));
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 16);
  const path = `/assets/${name}`;
  return { path, url: `${path}?v=${hash}`, hash, type, body };
}

export const stylesheet = load('openward.css', 'text/css; charset=utf-8');
export const icon = load('openward.svg', 'image/svg+xml');
export const mailLinkScript = load('mail-link.js', 'text/javascript; charset=utf-8');

export const assets: readonly Asset[] = [stylesheet, icon, mailLinkScript];

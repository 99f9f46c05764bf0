import type { Readable } from 'node:stream';
import type { Http } from './route.ts';

/** Answers with a file that somebody uploaded: to be saved, and never shown as a page of this site, whatever is in it. */
export function sendFile(
  http: Http,
  content: Readable,
  { name, type, sizeBytes }: { name: string; type: string; sizeBytes: number },
): void {
  http.header('content-type', type);
  http.header('content-length', String(sizeBytes));
  http.header('content-disposition', disposition(withExtension(name, type)));
  http.header('content-security-policy', "sandbox; default-src 'none'; frame-ancestors 'none'");
  http.header('cache-control', 'no-store');
  http.stream(content);
}

const extensions: Record<string, RegExp> = {
  'image/jpeg': /\.jpe?g$/i,
  'image/png': /\.png$/i,
  'image/webp': /\.webp$/i,
  'image/gif': /\.gif$/i,
  'application/pdf': /\.pdf$/i,
};

/** A name that ends as its type does, so that no desktop opens an image as a program. */
function withExtension(name: string, type: string): string {
  return extensions[type]?.test(name) === true ? name : `${name}.${type.replace(/^.*\//, '').replace('jpeg', 'jpg')}`;
}

/** To be saved, not shown (RFC 6266). Marks that turn the direction of text could hide what a name ends in. */
function disposition(name: string): string {
  const safe = name.replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069/\\]/gu, '_');
  const encoded = encodeURIComponent(safe).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${safe.replaceAll(/[^\w. -]/g, '_')}"; filename*=UTF-8''${encoded}`;
}

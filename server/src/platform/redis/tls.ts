import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { RedisTarget, TlsFiles } from './redis-url.ts';

/** Files that REDIS_URL names and that cannot be read, with the reason. */
export function findUnreadableFiles({ tls }: RedisTarget): { file: string; reason: string }[] {
  const files = Object.values(tls ?? {}).filter((file) => file !== null);
  return files.flatMap((file) => {
    try {
      readFileSync(file);
      return [];
    } catch (error) {
      return [{ file, reason: error instanceof Error && 'code' in error ? String(error.code) : String(error) }];
    }
  });
}

/**
 * Without a CA of one's own those count that Node knows, and NODE_EXTRA_CA_CERTS. The server's name or address is always
 * compared with its certificate. @throws Error when a file cannot be read.
 */
export function readTls({ ca, cert, key }: TlsFiles): ConnectionOptions {
  return {
    ...(ca === null ? {} : { ca: readFileSync(ca) }),
    ...(cert === null ? {} : { cert: readFileSync(cert) }),
    ...(key === null ? {} : { key: readFileSync(key) }),
  };
}

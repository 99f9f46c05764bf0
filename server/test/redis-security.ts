import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Certificates by a CA of one's own, made by openssl, and a password: what a Redis asks for, and whoever calls it has. */
export type RedisSecurity = {
  password: string;
  ca: string;
  /** Of 127.0.0.1 and localhost; the clients show it, too. */
  cert: string;
  key: string;
  /** A file of no use: of a CA that signed nothing. */
  otherCa: string;
  /** Settings of a server that takes TLS with client certificates on this port, and of its links to others. */
  settings(tlsPort: number): string[];
  /** What stands before the host, and after the question mark, in REDIS_URL. */
  userinfo: string;
  query: string;
  remove(): Promise<void>;
};

export async function createRedisSecurity(): Promise<RedisSecurity> {
  const dir = await mkdtemp(join(tmpdir(), 'openward-redis-tls-'));
  const [ca, caKey, cert, key, otherCa] = ['ca.pem', 'ca.key', 'redis.pem', 'redis.key', 'other.pem'].map((name) =>
    join(dir, name),
  ) as [string, string, string, string, string];
  const make = (...words: string[]) =>
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', ...words],
      { stdio: 'pipe' },
    );
  make('-subj', '/CN=Openward test CA', '-keyout', caKey, '-out', ca);
  make('-subj', '/CN=Another CA', '-keyout', join(dir, 'other.key'), '-out', otherCa);
  const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
  const signedBy = ['-CA', ca, '-CAkey', caKey, '-addext', 'basicConstraints=critical,CA:FALSE'];
  make('-subj', '/CN=redis', '-addext', names, ...signedBy, '-keyout', key, '-out', cert);
  // Of every kind that has to be encoded.
  const password = 'p@ss:w/rd?%&1';
  return {
    password,
    ca,
    cert,
    key,
    otherCa,
    settings: (tlsPort) => [
      ...['--tls-port', `${tlsPort}`, '--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', ca],
      ...['--tls-replication', 'yes', '--tls-cluster', 'yes', '--requirepass', password, '--masterauth', password],
    ],
    userinfo: `:${encodeURIComponent(password)}@`,
    query: Object.entries({ ca, cert, key })
      .map(([name, file]) => `${name}=${encodeURIComponent(file)}`)
      .join('&'),
    remove: () => rm(dir, { recursive: true }),
  };
}

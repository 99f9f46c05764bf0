/** The first that fits counts. */
const advices: readonly [symptom: RegExp, advice: string][] = [
  [
    /All sentinels are unreachable|invalid reply/,
    'Check the sentinels in REDIS_URL, their password (sentinel-password=) and the name of the master.',
  ],
  [/WRONGPASS|invalid password/, 'Check the user and the password in REDIS_URL; both are percent-encoded.'],
  [/NOAUTH|HELLO must be called/, 'Redis asks for a password: put it into REDIS_URL before the host, as :password@.'],
  [/NOPERM/, 'Give the user in REDIS_URL the rights that docs/operations.md lists.'],
  [
    /altnames/,
    'Call Redis in REDIS_URL by a name that is in its certificate, and let sentinels and cluster announce such names.',
  ],
  [
    /ECONNRESET|EPIPE|certificate required/,
    'Redis hung up: it may ask for TLS (rediss://, tls=on) or for a certificate (cert= and key= in REDIS_URL).',
  ],
  [/certificate/, 'Name the file of the CA that signed the certificate of Redis in REDIS_URL: ca=/path/to/ca.pem.'],
  [
    /wrong version number|not there within|SSL/,
    'Redis took the connection and did not answer: is it TLS on both sides of this port, or on neither?',
  ],
  [/OOM/, 'Redis is full: raise its maxmemory, or set maxmemory-policy to one that evicts, such as allkeys-lru.'],
  [/READONLY/, 'This Redis is a replica and does not write: name its master in REDIS_URL, or use redis+sentinel://.'],
  [/MOVED/, 'This Redis is a node of a cluster: use redis+cluster:// in REDIS_URL.'],
  [/CLUSTERDOWN/, 'A master of the cluster is missing: start it, or let a replica take over.'],
  [/cluster support disabled/, 'This Redis is no cluster: use redis:// in REDIS_URL.'],
  [/MISCONF/, 'Redis cannot write its snapshot to disk: look into its log.'],
  [
    /ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT|EAI_AGAIN/,
    'Check that Redis runs at the host and port of REDIS_URL, and that this machine may reach it.',
  ],
];

/** What whoever runs this can do about it; undefined where nothing but waiting helps. */
export function adviceOn(reason: string): string | undefined {
  return advices.find(([symptom]) => symptom.test(reason))?.[1];
}

/** The reason of an error, with that of a cluster's node or of a sentinel, which says what is wrong. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // What ioredis says of a command that found no connection.
  if (/isn't writeable|Connection is closed/.test(error.message)) return 'The connection was lost.';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const inner = 'lastNodeError' in error && error.lastNodeError instanceof Error ? reasonOf(error.lastNodeError) : '';
  return [code !== '' && !error.message.includes(code) ? `${error.message} (${code})` : error.message, inner]
    .filter((part) => part !== '')
    .join(' ');
}

/** Where Redis is, as REDIS_URL says it. */
export type RedisTarget = {
  kind: 'single' | 'sentinel' | 'cluster';
  /** The server, the sentinels, or the first nodes of the cluster. */
  nodes: { host: string; port: number }[];
  /** What the sentinels call the master. */
  name: string;
  db: number;
  username: string | undefined;
  password: string | undefined;
  tls: boolean;
};

const schemes = {
  redis: 'single',
  rediss: 'single',
  'redis+sentinel': 'sentinel',
  'redis+cluster': 'cluster',
} as const;
const defaultPorts = { single: 6379, sentinel: 26379, cluster: 6379 };
// Not by URL: several hosts separated by commas are no URL.
const shape = /^(rediss?|redis\+sentinel|redis\+cluster):\/\/(?:([^@/?]*)@)?([^@/?]+)(?:\/([\w.-]*))?(?:\?(tls=on))?$/;

/**
 * `redis://`, `rediss://` (TLS), `redis+sentinel://host:port,host:port/name`, `redis+cluster://host:port,host:port`; the
 * last two take `?tls=on`. User and password stand before an @, percent-encoded, and are the data nodes'.
 * @returns null when the text is none of these.
 */
export function parseRedisUrl(text: string): RedisTarget | null {
  const match = shape.exec(text);
  if (match === null) return null;
  const [, scheme = '', userinfo, hosts = '', path = '', tls] = match;
  if (!isScheme(scheme)) return null;
  const kind = schemes[scheme];
  const nodes = hosts.split(',').map((host) => parseHost(host, defaultPorts[kind]));
  const credentials = parseUserinfo(userinfo);
  if (nodes.some((node) => node === null) || credentials === null) return null;
  if (kind === 'single' && (nodes.length !== 1 || !/^\d{0,5}$/.test(path))) return null;
  if (kind === 'cluster' && path !== '') return null;
  return {
    kind,
    nodes: nodes.filter((node) => node !== null),
    name: kind === 'sentinel' ? path || 'mymaster' : '',
    db: kind === 'single' ? Number(path) : 0,
    ...credentials,
    tls: scheme === 'rediss' || tls !== undefined,
  };
}

function isScheme(text: string): text is keyof typeof schemes {
  return Object.hasOwn(schemes, text);
}

function parseHost(text: string, defaultPort: number): { host: string; port: number } | null {
  const [, v6, name, port = String(defaultPort)] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = v6 ?? name;
  return host === undefined || Number(port) < 1 || Number(port) > 65_535 ? null : { host, port: Number(port) };
}

function parseUserinfo(text = ''): Pick<RedisTarget, 'username' | 'password'> | null {
  const [, username = '', password] = /^([^:]*)(?::(.*))?$/.exec(text) ?? [];
  try {
    return {
      username: decodeURIComponent(username) || undefined,
      password: password === undefined ? undefined : decodeURIComponent(password) || undefined,
    };
  } catch {
    return null;
  }
}

/** Files, as PEM. Null: not given. */
export type TlsFiles = { ca: string | null; cert: string | null; key: string | null };

type Credentials = { username: string | undefined; password: string | undefined };

/** Where Redis is, as REDIS_URL says it. */
export type RedisTarget = Credentials & {
  kind: 'single' | 'sentinel' | 'cluster';
  /** The server, the sentinels, or the first nodes of the cluster. */
  nodes: { host: string; port: number }[];
  /** What the sentinels call the master. */
  name: string;
  db: number;
  /** How one logs in to the sentinels, which have users of their own. */
  sentinel: Credentials;
  /** Null: no TLS, on no connection. */
  tls: TlsFiles | null;
};

const schemes = {
  redis: 'single',
  rediss: 'single',
  'redis+sentinel': 'sentinel',
  'redis+cluster': 'cluster',
} as const;
const defaultPorts = { single: 6379, sentinel: 26379, cluster: 6379 };
// Not by URL: several hosts separated by commas are no URL.
const shape = /^(rediss?|redis\+sentinel|redis\+cluster):\/\/(?:([^@/?]*)@)?([^@/?]+)(?:\/([\w.-]*))?(?:\?(.+))?$/;

/**
 * `redis://`, `rediss://` (TLS), `redis+sentinel://host:port,host:port/name`, `redis+cluster://host:port,host:port`; the
 * last two take `?tls=on`. User and password stand before an @, percent-encoded, and are the data nodes'. With TLS
 * `ca=`, `cert=` and `key=` name files; `sentinel-user=` and `sentinel-password=` are what their names say.
 * @returns null when the text is none of these.
 */
export function parseRedisUrl(text: string): RedisTarget | null {
  const match = shape.exec(text);
  if (match === null) return null;
  const [, scheme = '', userinfo, hosts = '', path = '', query] = match;
  if (!isScheme(scheme)) return null;
  const kind = schemes[scheme];
  const nodes = hosts.split(',').map((host) => parseHost(host, defaultPorts[kind]));
  const credentials = parseUserinfo(userinfo);
  const options = parseOptions(query, { isTls: scheme === 'rediss', kind });
  if (nodes.some((node) => node === null) || credentials === null || options === null) return null;
  if (kind === 'single' && (nodes.length !== 1 || !/^\d{0,5}$/.test(path))) return null;
  if (kind === 'cluster' && path !== '') return null;
  return {
    kind,
    nodes: nodes.filter((node) => node !== null),
    name: kind === 'sentinel' ? path || 'mymaster' : '',
    db: kind === 'single' ? Number(path) : 0,
    ...credentials,
    ...options,
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

function parseUserinfo(text = ''): Credentials | null {
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

const optionNames = ['tls', 'ca', 'cert', 'key', 'sentinel-user', 'sentinel-password'] as const;

/** What stands after the question mark. Null when a part of it is unknown, twice there, or has no meaning for such a URL. */
function parseOptions(
  query: string | undefined,
  { isTls, kind }: { isTls: boolean; kind: RedisTarget['kind'] },
): Pick<RedisTarget, 'tls' | 'sentinel'> | null {
  const given = parseQuery(query);
  if (given === null) return null;
  const files = { ca: given.ca ?? null, cert: given.cert ?? null, key: given.key ?? null };
  const sentinel = { username: given['sentinel-user'], password: given['sentinel-password'] };
  const hasFiles = Object.values(files).some((file) => file !== null);
  const hasTls = isTls || given.tls === 'on';
  if (given.tls !== undefined && given.tls !== 'on') return null;
  if (hasFiles && !hasTls) return null;
  // One is nothing without the other.
  if ((files.cert === null) !== (files.key === null)) return null;
  if (kind !== 'sentinel' && Object.values(sentinel).some((word) => word !== undefined)) return null;
  return { tls: hasTls ? files : null, sentinel };
}

function parseQuery(query: string | undefined): Partial<Record<(typeof optionNames)[number], string>> | null {
  const given: ReturnType<typeof parseQuery> = {};
  if (query === undefined) return given;
  for (const pair of query.split('&')) {
    const [, word = '', value = ''] = /^([\w-]+)=(.+)$/.exec(pair) ?? [];
    const name = optionNames.find((candidate) => candidate === word);
    if (name === undefined || given[name] !== undefined) return null;
    try {
      given[name] = decodeURIComponent(value);
    } catch {
      return null;
    }
  }
  return given;
}

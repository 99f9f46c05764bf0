import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type pg from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { AnyServerSocket, finderOf } from './servers.ts';

export type Address = { host: string; port: number };

/** What a URL asks of the server that is taken: one that takes writes, or a copy if there is one. */
const sessionAttrs = ['any', 'read-write', 'primary', 'prefer-standby'] as const;
export type SessionAttrs = (typeof sessionAttrs)[number];

export type DatabaseUrl = {
  addresses: readonly Address[];
  wants: SessionAttrs;
  /** The same database at one of the servers. */
  at(address: Address): string;
  /** Another database of the same servers. */
  database(name: string): string;
  /** For people: servers and database, no password. */
  label: string;
};

/** What a connection is made with. Without members that are undefined, which some libraries take for values. */
export type Connection = { [K in keyof pg.ClientConfig]: Exclude<pg.ClientConfig[K], undefined> };

const shape = /^(postgres(?:ql)?:\/\/(?:[^@/?]*@)?)([^@/?]*)(\/[^?]*)?(\?.*)?$/;
const defaultPort = 5432;

/**
 * `postgres://user:password@one:5432,two:5433/database?target_session_attrs=read-write`, as libpq takes it; with one server it is the
 * ordinary URL. @returns null when it is not one.
 */
export function parseDatabaseUrl(url: string): DatabaseUrl | null {
  const [, start, hosts, path = '/', query = ''] = shape.exec(url) ?? [];
  if (start === undefined || hosts === undefined) return null;
  const parameters = new URLSearchParams(query);
  const asked = parameters.get('target_session_attrs');
  parameters.delete('target_session_attrs');
  const rest = parameters.size === 0 ? '' : `?${parameters}`;
  const names = hosts.split(',');
  const addresses = names.flatMap((name) => readAddress(name) ?? []);
  const wants = sessionAttrs.find((known) => known === (asked ?? (names.length > 1 ? 'read-write' : 'any')));
  if (wants === undefined || addresses.length !== names.length) return null;
  const at = ({ host, port }: Address) => `${start}${host.includes(':') ? `[${host}]` : host}:${port}${path}${rest}`;
  if (!addresses.every((address) => URL.canParse(at(address)))) return null;
  return {
    addresses,
    wants,
    at,
    database: (name) => `${start}${hosts}/${name}${query}`,
    label: `${addresses.map(({ host, port }) => `${host}:${port}`).join(',')}${path}`,
  };
}

function readAddress(text: string): Address | null {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) return null;
  return { host: host === '' ? 'localhost' : host, port: port === undefined ? defaultPort : Number(port) };
}

/**
 * How `pg`, and whatever is built on it, gets to the database of a URL. It knows one server for each connection; where a URL names several, or asks
 * for more than an answer, each connection goes to the server that is the right one at that moment, and ends when that is another.
 */
export function connectionOf(url: string): Connection {
  const parsed = parseDatabaseUrl(url);
  const [first] = parsed?.addresses ?? [];
  if (parsed === null || first === undefined || parsed.wants === 'any') return { connectionString: url };
  const config = withAnyName(definedIn(parseIntoClientConfig(parsed.at(first))), parsed.addresses);
  const finder = finderOf(url, parsed, config);
  return { ...config, stream: () => new AnyServerSocket(finder) };
}

function definedIn(config: pg.ClientConfig): Connection {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

/** `pg` compares a certificate with the first server's name: it may be that of any of them. */
function withAnyName(config: Connection, addresses: readonly Address[]): Connection {
  if (config.ssl === undefined || config.ssl === false) return config;
  const given = config.ssl === true ? {} : config.ssl;
  if ('checkServerIdentity' in given) return config;
  const check = (_name: string, certificate: PeerCertificate) => {
    const mistakes = addresses.map(({ host }) => checkServerIdentity(host, certificate));
    return mistakes.includes(undefined) ? undefined : mistakes[0];
  };
  return { ...config, ssl: { ...given, checkServerIdentity: check } };
}

import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { type Role, roles } from '@openward/contracts';
import { type LimitOverrides, parseLimitOverrides } from './limits.ts';
import { parseS3Url } from './platform/files/s3-store.ts';
import { isSender } from './platform/mail/sender.ts';
import { parseRedisUrl } from './platform/redis/redis-url.ts';
import { findUnreadableFiles } from './platform/redis/tls.ts';

export type Config = {
  env: 'development' | 'production' | 'test';
  http: { host: string; port: number; trustProxy: string[]; publicUrl: URL };
  /** Null: no metrics port. */
  metricsPort: number | null;
  dataDir: string;
  /** Null: the embedded Postgres under `dataDir`. */
  databases: { main: string; chat: string | null } | null;
  /** Whether the chat's tables are distributed by room over several machines (Citus) instead of partitioned. */
  chatDistributed: boolean;
  /** Null: no Redis; nodes speak over PostgreSQL and count in memory. */
  redisUrl: string | null;
  /** Null: the dev mailbox. */
  mail: { smtpUrl: string | null; from: string };
  keysDir: string;
  /** What people attach to messages. `url` null: a folder, `dir`. Files are taken in at `incomingDir`. */
  attachments: { url: string | null; dir: string; incomingDir: string };
  bcryptCost: number;
  /** Words that no password may be made of, beside the name and address of the person: the service's, the clinic's. */
  passwordContextWords: readonly string[];
  demoData: boolean;
  /** Roles that need a second factor: without one they can log in and set it up, nothing else. */
  requireMfa: readonly Role[];
  /** Whether an admin's destructive acts need a password or code given less than five minutes ago. */
  adminStepUp: boolean;
  /** `watch`: cases are opened and told, and hold up nobody. */
  abuseDetection: 'on' | 'watch' | 'off';
  sessions: {
    /** Days without use after which a session ends. At most those that a refresh token lives. */
    idleDays: number;
    /** Days after which a session ends however much it is used. */
    maxDays: number;
  };
  /** Years that the health record of a deleted patient is kept, locked. */
  retentionYears: number;
  logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  limits: LimitOverrides;
  /** Null: no spans are recorded. `url` takes OTLP over HTTP; `ratio` is the share of the traces that begin here. */
  tracing: { url: string; ratio: number } | null;
  /** What was set and has no effect in this version: said at the start, so that nobody relies on it. */
  warnings: string[];
};

/** What is wrong with the settings: every mistake, a line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(mistakes: string[]) {
    super(`The settings are not usable:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`);
  }
}

type Environment = Record<string, string | undefined>;

/** Settings that hold passwords: each may be in a file instead, named by the setting with _FILE behind it. */
const secrets = ['DATABASE_URL', 'CHAT_DATABASE_URL', 'REDIS_URL', 'SMTP_URL', 'ATTACHMENTS_URL'];

/** Reads a `.env` file beside the program, if there is one; what the environment has already wins. */
export function loadDotEnv(directory = process.cwd()): void {
  const file = resolve(directory, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
}

/** Held up is nobody but in production: on a developer's machine all come from one address, and try what should fail. */
const abuseDetectionIn = { production: 'on', development: 'watch', test: 'off' } as const;

/**
 * The environment → a typed, nested configuration. The only reader of the environment.
 * @throws ConfigError naming every mistake at once.
 */
export function readConfig(environment: Environment = process.env): Config {
  const read = new Reader(environment);
  const env = read.oneOf('NODE_ENV', ['development', 'production', 'test'], 'development');
  const port = read.integer('PORT', 3000, 0, 65535);
  const dataDir = resolve(read.text('DATA_DIR') ?? './data');
  const smtpUrl = read.url('SMTP_URL', ['smtp:', 'smtps:']);
  const config: Config = {
    env,
    http: {
      host: read.text('HOST') ?? (env === 'production' ? '0.0.0.0' : '127.0.0.1'),
      port,
      trustProxy: read.addresses('TRUST_PROXY'),
      publicUrl: new URL(read.url('PUBLIC_URL', ['http:', 'https:']) ?? `http://localhost:${port}`),
    },
    metricsPort: read.optionalInteger('METRICS_PORT', 1, 65535),
    dataDir,
    databases: readDatabases(read),
    chatDistributed: read.oneOf('CHAT_DISTRIBUTED', ['off', 'citus'], 'off') === 'citus',
    redisUrl: read.redisUrl('REDIS_URL'),
    mail: { smtpUrl, from: read.text('MAIL_FROM') ?? 'Openward <no-reply@localhost>' },
    keysDir: resolve(read.text('KEYS_DIR') ?? resolve(dataDir, 'keys')),
    attachments: {
      url: read.s3Url('ATTACHMENTS_URL'),
      dir: resolve(dataDir, 'attachments'),
      incomingDir: resolve(dataDir, 'incoming'),
    },
    bcryptCost: read.integer('BCRYPT_COST', 12, env === 'production' ? 10 : 4, 15),
    passwordContextWords: ['openward', ...read.list('PASSWORD_CONTEXT_WORDS')],
    demoData: read.flag('DEMO_DATA', env === 'development'),
    requireMfa: read.someOf('REQUIRE_MFA', roles, env === 'production' ? ['doctor', 'admin'] : []),
    adminStepUp: read.flag('ADMIN_STEP_UP', env === 'production'),
    abuseDetection: read.oneOf('ABUSE_DETECTION', ['on', 'watch', 'off'], abuseDetectionIn[env]),
    sessions: readSessions(read),
    retentionYears: read.integer('RETENTION_YEARS', 10, 0, 100),
    logLevel: read.oneOf('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'silent'], 'info'),
    limits: read.limits('LIMITS_FILE'),
    tracing: readTracing(read),
    warnings: [],
  };
  if (config.http.publicUrl.href !== `${config.http.publicUrl.origin}/`)
    read.mistake('PUBLIC_URL', 'has more than scheme, host and port: pages, API and cookies are at its root');
  if (!isSender(config.mail.from)) read.mistake('MAIL_FROM', 'is not one address, like Clinic <care@example.org>');
  if (env === 'production') requireForProduction(read, config);
  const protocol = read.text('OTEL_EXPORTER_OTLP_PROTOCOL');
  if (config.tracing !== null && protocol !== undefined && protocol !== 'http/json')
    config.warnings.push(`OTEL_EXPORTER_OTLP_PROTOCOL is "${protocol}"; traces are sent as http/json`);
  read.finish();
  return config;
}

function readDatabases(read: Reader): Config['databases'] {
  const main = read.url('DATABASE_URL', ['postgres:', 'postgresql:']);
  const chat = read.url('CHAT_DATABASE_URL', ['postgres:', 'postgresql:']);
  if (main === null && chat !== null) read.mistake('CHAT_DATABASE_URL', 'needs DATABASE_URL beside it');
  return main === null ? null : { main, chat };
}

function readSessions(read: Reader): Config['sessions'] {
  const maxDays = read.integer('SESSION_MAX_DAYS', 90, 1, 365);
  const idleDays = read.integer('SESSION_IDLE_DAYS', Math.min(30, maxDays), 1, 30);
  if (maxDays < idleDays)
    read.mistake(
      'SESSION_MAX_DAYS',
      `is ${maxDays}, less than the ${idleDays} of SESSION_IDLE_DAYS; lower that one too`,
    );
  return { idleDays, maxDays };
}

function readTracing(read: Reader): Config['tracing'] {
  const endpoint = read.url('OTEL_EXPORTER_OTLP_ENDPOINT', ['http:', 'https:']);
  const ratio = read.fraction('OTEL_TRACES_SAMPLER_ARG', 1);
  if (endpoint === null) return null;
  const url = new URL(endpoint);
  // As OpenTelemetry says: the endpoint of all signals, below which that of traces is.
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`;
  return { url: url.href, ratio };
}

function requireForProduction(read: Reader, config: Config): void {
  if (config.mail.smtpUrl === null)
    read.mistake('SMTP_URL', 'is required in production, as smtp://user:password@host:port');
  if (read.text('MAIL_FROM') === undefined)
    read.mistake('MAIL_FROM', 'is required in production: the sender of all mails');
  if (read.text('PUBLIC_URL') === undefined)
    read.mistake('PUBLIC_URL', 'is required in production: where people reach the portal');
  else if (config.http.publicUrl.protocol !== 'https:') read.mistake('PUBLIC_URL', 'must be https:// in production');
  if (config.demoData) read.mistake('DEMO_DATA', 'is not for production; unset it');
}

class Reader {
  readonly #environment: Environment;
  readonly #mistakes: string[] = [];

  constructor(environment: Environment) {
    this.#environment = { ...environment };
    for (const name of secrets) this.#readSecret(name);
  }

  /** From where an orchestrator puts secrets: an environment is shown to many, and inherited by all children. */
  #readSecret(name: string): void {
    const file = this.text(`${name}_FILE`);
    if (file === undefined) return;
    if (this.text(name) !== undefined) this.mistake(`${name}_FILE`, `is set beside ${name}; set one of the two`);
    try {
      this.#environment[name] = readFileSync(file, 'utf8');
    } catch (error) {
      this.mistake(`${name}_FILE`, `cannot be read (${error instanceof Error ? error.message : String(error)})`);
    }
  }

  mistake(name: string, what: string): void {
    this.#mistakes.push(`${name} ${what}.`);
  }

  finish(): void {
    if (this.#mistakes.length > 0) throw new ConfigError(this.#mistakes);
  }

  /** Empty counts as unset: that is how compose files and shells clear a variable. */
  text(name: string): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  oneOf<const V extends string>(name: string, values: readonly V[], fallback: V): V {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) this.mistake(name, `is "${value}"; it takes ${values.join(', ')}`);
    return found ?? fallback;
  }

  /** A list separated by commas, or `none`. */
  someOf<const V extends string>(name: string, values: readonly V[], fallback: readonly V[]): readonly V[] {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const names = value === 'none' ? [] : value.split(',').map((item) => item.trim());
    const found = values.filter((candidate) => names.includes(candidate));
    if (found.length !== new Set(names).size)
      this.mistake(name, `is "${value}"; it takes none, or some of ${values.join(', ')}, separated by commas`);
    return found;
  }

  list(name: string): string[] {
    return (this.text(name)?.split(',') ?? []).map((item) => item.trim()).filter((item) => item !== '');
  }

  optionalInteger(name: string, min: number, max: number): number | null {
    const value = this.text(name);
    if (value === undefined) return null;
    const number = Number(value);
    if (Number.isInteger(number) && number >= min && number <= max) return number;
    this.mistake(name, `is "${value}"; it takes a whole number from ${min} to ${max}`);
    return null;
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    return this.optionalInteger(name, min, max) ?? fallback;
  }

  fraction(name: string, fallback: number): number {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const number = Number(value);
    if (number >= 0 && number <= 1) return number;
    this.mistake(name, `is "${value}"; it takes a number from 0 to 1`);
    return fallback;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined) return fallback;
    if (['1', 'true', 'on', 'yes'].includes(value)) return true;
    if (!['0', 'false', 'off', 'no'].includes(value)) this.mistake(name, `is "${value}"; it takes on or off`);
    return false;
  }

  /** The value is never repeated in the mistake: URLs of this kind hold passwords. */
  url(name: string, protocols: string[]): string | null {
    const value = this.text(name);
    if (value === undefined) return null;
    if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value;
    this.mistake(name, `is not a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`);
    return null;
  }

  s3Url(name: string): string | null {
    const value = this.text(name);
    if (value === undefined || parseS3Url(value) !== null) return value ?? null;
    this.mistake(name, 'is not s3://key:secret@host/bucket, with ?region=… and ?tls=off where needed');
    return null;
  }

  redisUrl(name: string): string | null {
    const value = this.text(name);
    if (value === undefined) return null;
    const target = parseRedisUrl(value);
    if (target === null)
      this.mistake(
        name,
        'is not redis://host:port, rediss://host:port, redis+sentinel://host:port,host:port/name or redis+cluster://host:port,host:port, with the options of docs/operations.md',
      );
    else
      for (const { file, reason } of findUnreadableFiles(target))
        this.mistake(name, `names the file ${file}, which cannot be read (${reason})`);
    return value;
  }

  /** Addresses or networks, separated by commas. */
  addresses(name: string): string[] {
    const value = this.text(name);
    if (value === undefined || value === 'none') return [];
    const list = value.split(',').map((item) => item.trim());
    for (const item of list) {
      const [, address = '', prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(item) ?? [];
      const version = isIP(address);
      // Not /0 either: to trust everybody is to believe whatever a caller writes.
      if (version === 0 || Number(prefix ?? 1) < 1 || Number(prefix ?? 1) > (version === 4 ? 32 : 128)) {
        this.mistake(name, `has "${item}"; it takes addresses or networks like 10.0.0.0/8, separated by commas`);
      }
    }
    return list;
  }

  limits(name: string): LimitOverrides {
    const file = this.text(name);
    if (file === undefined) return {};
    try {
      const { overrides, mistakes } = parseLimitOverrides(JSON.parse(readFileSync(file, 'utf8')));
      for (const mistake of mistakes) this.mistake(name, mistake);
      return overrides;
    } catch (error) {
      this.mistake(name, `cannot be read as JSON (${error instanceof Error ? error.message : String(error)})`);
      return {};
    }
  }
}

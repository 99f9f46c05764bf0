import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Role, roles, type Urgency } from '@openward/contracts';
import type { LimitOverrides } from './limits.ts';
import { parseDatabaseUrl } from './platform/database/database-url.ts';
import type { MigrationBudget } from './platform/database/migrate.ts';
import { isSender } from './platform/mail/sender.ts';
import { isServiceName, knownPushServices } from './platform/push/push-services.ts';
import { type Environment, type Escalation, SettingsReader } from './settings-reader.ts';

export type Config = {
  env: 'development' | 'production' | 'test';
  http: { host: string; port: number; trustProxy: string[]; publicUrl: URL };
  /** So long a node that is to stop goes on serving, not ready, until balancers have seen so. */
  stop: { drainMs: number };
  /** Null: no metrics port. */
  metricsPort: number | null;
  dataDir: string;
  /** Null: the embedded Postgres under `dataDir`. */
  databases: { main: string; chat: string | null; read: string | null } | null;
  /** Connections of one process to each database, at most. */
  databasePoolSize: number;
  /** Whether the chat's tables are distributed by room over several machines (Citus) instead of partitioned. */
  chatDistributed: boolean;
  /** How a start and `migrate` treat the schema, and how long a migration may stand in the way of others. */
  migrations: MigrationBudget & { onStart: boolean };
  /** Null: no Redis; nodes speak over PostgreSQL and count in memory. */
  redisUrl: string | null;
  /** Null: the dev mailbox. */
  mail: { smtpUrl: string | null; from: string };
  /** Hosts that pushes are sent to; none: there is no push. `testOrigin`: a server that plays them, in tests. */
  push: { services: readonly string[]; testOrigin: string | null };
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
  queue: {
    /** Minutes after which an accepted request goes back, unless its doctor has written or diagnosed. */
    leaseMinutes: number;
    /** Minutes after which doctors, then admins, hear of a request that nobody took; null: they do not. */
    escalation: Record<Urgency, Escalation | null>;
  };
  /** Years that the health record of a deleted patient is kept, locked. */
  retentionYears: number;
  appointments: {
    /** Minutes before the start at which both are reminded, longest first. */
    remindersMinutes: readonly number[];
    /** Until so many hours before the start a patient may move or cancel. */
    changeHours: number;
    /** So often a patient may move one. */
    maxMoves: number;
    /** So many minutes before the start the room opens. */
    opensMinutes: number;
    /** So many minutes after the start a patient who is not there has missed it. */
    graceMinutes: number;
  };
  logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  limits: LimitOverrides;
  /** Null: no spans are recorded. `url` takes OTLP over HTTP; `ratio` is the share of the traces that begin here. */
  tracing: { url: string; ratio: number } | null;
  /** What was set and has no effect in this version: said at the start, so that nobody relies on it. */
  warnings: string[];
};

/** Reads a `.env` file beside the program, if there is one; what the environment has already wins. */
export function loadDotEnv(directory = process.cwd()): void {
  const file = resolve(directory, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
}

/** Less than the time after which calls fail: who stands behind a waiting migration waits, and is answered. */
export const defaultMigrationBudget: MigrationBudget = { lockTimeoutMs: 2000, statementTimeoutMs: 300_000 };

/** Held up is nobody but in production: on a developer's machine all come from one address, and try what should fail. */
const abuseDetectionIn = { production: 'on', development: 'watch', test: 'off' } as const;

/**
 * The environment → a typed, nested configuration. The only reader of the environment.
 * @param options `serving`, by default: with what production has to have set to be reached and to mail.
 * @throws ConfigError naming every mistake at once.
 */
export function readConfig(environment: Environment = process.env, { serving = true } = {}): Config {
  const read = new SettingsReader(environment);
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
    stop: { drainMs: read.integer('STOP_DRAIN_MS', env === 'production' ? 3000 : 0, 0, 5000) },
    metricsPort: read.optionalInteger('METRICS_PORT', 1, 65535),
    dataDir,
    databases: readDatabases(read),
    databasePoolSize: read.integer('DATABASE_POOL_SIZE', 16, 2, 200),
    chatDistributed: read.oneOf('CHAT_DISTRIBUTED', ['off', 'citus'], 'off') === 'citus',
    migrations: {
      onStart: read.flag('MIGRATE_ON_START', true),
      lockTimeoutMs: read.integer('MIGRATE_LOCK_TIMEOUT_MS', defaultMigrationBudget.lockTimeoutMs, 10, 60_000),
      statementTimeoutMs:
        1000 * read.integer('MIGRATE_STATEMENT_TIMEOUT_S', defaultMigrationBudget.statementTimeoutMs / 1000, 1, 86_400),
    },
    redisUrl: read.redisUrl('REDIS_URL'),
    mail: { smtpUrl, from: read.text('MAIL_FROM') ?? 'Openward <no-reply@localhost>' },
    push: readPush(read, env),
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
    queue: {
      leaseMinutes: read.integer('ACCEPT_LEASE_MINUTES', 30, 1, 1440),
      escalation: {
        emergency: read.escalation('ESCALATE_EMERGENCY_MINUTES', { doctors: 3, admins: 10 }),
        urgent: read.escalation('ESCALATE_URGENT_MINUTES', { doctors: 30, admins: 120 }),
        routine: read.escalation('ESCALATE_ROUTINE_MINUTES', null),
      },
    },
    retentionYears: read.integer('RETENTION_YEARS', 10, 0, 100),
    appointments: {
      remindersMinutes: read.integers('APPOINTMENT_REMINDERS_MIN', [1440, 60], 5, 20_160),
      changeHours: read.integer('APPOINTMENT_CHANGE_HOURS', 24, 0, 336),
      maxMoves: read.integer('APPOINTMENT_MAX_MOVES', 3, 0, 20),
      opensMinutes: read.integer('APPOINTMENT_OPENS_MIN', 15, 0, 1440),
      graceMinutes: read.integer('APPOINTMENT_GRACE_MIN', 10, 0, 120),
    },
    logLevel: read.oneOf('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'silent'], 'info'),
    limits: read.limits('LIMITS_FILE'),
    tracing: readTracing(read),
    warnings: [],
  };
  if (config.http.publicUrl.href !== `${config.http.publicUrl.origin}/`)
    read.mistake('PUBLIC_URL', 'has more than scheme, host and port: pages, API and cookies are at its root');
  if (port !== 0 && config.metricsPort === port)
    read.mistake('METRICS_PORT', `is ${port}, as PORT is; set it to another`);
  if (!isSender(config.mail.from)) read.mistake('MAIL_FROM', 'is not one address, like Clinic <care@example.org>');
  if (env === 'production' && serving) requireForProduction(read, config);
  const protocol = read.text('OTEL_EXPORTER_OTLP_PROTOCOL');
  if (config.tracing !== null && protocol !== undefined && protocol !== 'http/json')
    config.warnings.push(`OTEL_EXPORTER_OTLP_PROTOCOL is "${protocol}"; traces are sent as http/json`);
  read.finish();
  return config;
}

function readDatabases(read: SettingsReader): Config['databases'] {
  const main = read.databaseUrl('DATABASE_URL');
  const chat = read.databaseUrl('CHAT_DATABASE_URL');
  if (main === null && chat !== null) read.mistake('CHAT_DATABASE_URL', 'needs DATABASE_URL beside it');
  if (main !== null && chat !== null && isSameDatabase(main, chat))
    read.mistake('CHAT_DATABASE_URL', 'is the database of DATABASE_URL; the chat needs one of its own');
  const copy = read.databaseUrl('READ_DATABASE_URL');
  if (main === null && copy !== null) read.mistake('READ_DATABASE_URL', 'needs DATABASE_URL beside it');
  return main === null ? null : { main, chat, read: copy };
}

function isSameDatabase(one: string, other: string): boolean {
  const [a, b] = [parseDatabaseUrl(one), parseDatabaseUrl(other)];
  return a !== null && a.label === b?.label;
}

function readPush(read: SettingsReader, env: Config['env']): Config['push'] {
  const names = read.text('PUSH_SERVICES') === undefined ? [...knownPushServices] : read.list('PUSH_SERVICES');
  const services = names.length === 1 && names[0] === 'none' ? [] : names;
  for (const name of services)
    if (!isServiceName(name))
      read.mistake('PUSH_SERVICES', `has "${name}"; it takes none, or hosts like push.example.org or *.example.org`);
  const testOrigin = read.url('PUSH_TEST_ORIGIN', ['http:']);
  if (testOrigin !== null && env !== 'test') read.mistake('PUSH_TEST_ORIGIN', 'is for tests alone; unset it');
  return { services, testOrigin };
}

function readSessions(read: SettingsReader): Config['sessions'] {
  const maxDays = read.integer('SESSION_MAX_DAYS', 90, 1, 365);
  const idleDays = read.integer('SESSION_IDLE_DAYS', Math.min(30, maxDays), 1, 30);
  if (maxDays < idleDays)
    read.mistake(
      'SESSION_MAX_DAYS',
      `is ${maxDays}, less than the ${idleDays} of SESSION_IDLE_DAYS; lower that one too`,
    );
  return { idleDays, maxDays };
}

function readTracing(read: SettingsReader): Config['tracing'] {
  const endpoint = read.url('OTEL_EXPORTER_OTLP_ENDPOINT', ['http:', 'https:']);
  const ratio = read.fraction('OTEL_TRACES_SAMPLER_ARG', 1);
  if (endpoint === null) return null;
  const url = new URL(endpoint);
  // As OpenTelemetry says: the endpoint of all signals, below which that of traces is.
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`;
  return { url: url.href, ratio };
}

function requireForProduction(read: SettingsReader, config: Config): void {
  if (config.mail.smtpUrl === null)
    read.mistake('SMTP_URL', 'is required in production, as smtp://user:password@host:port');
  if (read.text('MAIL_FROM') === undefined)
    read.mistake('MAIL_FROM', 'is required in production: the sender of all mails');
  if (read.text('PUBLIC_URL') === undefined)
    read.mistake('PUBLIC_URL', 'is required in production: where people reach the portal');
  else if (config.http.publicUrl.protocol !== 'https:') read.mistake('PUBLIC_URL', 'must be https:// in production');
  if (config.demoData) read.mistake('DEMO_DATA', 'is not for production; unset it');
}

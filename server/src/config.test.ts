import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadDotEnv, readConfig } from './config.ts';
import { ConfigError } from './settings-reader.ts';

const folder = mkdtempSync(join(tmpdir(), 'openward config '));
afterAll(() => rmSync(folder, { recursive: true }));

const production = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://clinic.example.org',
  SMTP_URL: 'smtps://mailer:hunter2@mail.example.org',
  MAIL_FROM: 'Clinic <care@example.org>',
};

/** The lines of what is wrong, without their indent. */
function mistakes(environment: Record<string, string>): string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.replace('  - ', ''));
    throw error;
  }
  return [];
}

function names(environment: Record<string, string>): string[] {
  return mistakes(environment).map((line) => line.split(' ')[0] ?? '');
}

function limitsFile(content: string): string {
  const file = join(folder, 'limits.json');
  writeFileSync(file, content);
  return file;
}

describe('a secret in a file', () => {
  it('is read, without the line break at its end', () => {
    const file = join(folder, 'database');
    writeFileSync(file, 'postgres://openward:p%40ss@db/openward\n');
    expect(readConfig({ DATABASE_URL_FILE: file }).databases?.main).toBe('postgres://openward:p%40ss@db/openward');
  });

  it('that is missing, or set twice, or wrong is named, and never shown', () => {
    const file = join(folder, 'redis');
    writeFileSync(file, 'hunter2');
    expect(names({ REDIS_URL_FILE: join(folder, 'none') })).toEqual(['REDIS_URL_FILE']);
    expect(names({ REDIS_URL_FILE: file, REDIS_URL: 'redis://a' })).toContain('REDIS_URL_FILE');
    expect(mistakes({ REDIS_URL_FILE: file }).join()).toMatch(/^REDIS_URL is not/);
    expect(mistakes({ REDIS_URL_FILE: file }).join()).not.toContain('hunter2');
  });
});

describe('with nothing set', () => {
  it('everything has the default of the contract', () => {
    expect(readConfig({})).toEqual({
      env: 'development',
      http: { host: '127.0.0.1', port: 3000, trustProxy: [], publicUrl: new URL('http://localhost:3000') },
      stop: { drainMs: 0 },
      metricsPort: null,
      dataDir: resolve('data'),
      databases: null,
      databasePoolSize: 16,
      migrations: { onStart: true, lockTimeoutMs: 2000, statementTimeoutMs: 300_000 },
      chatDistributed: false,
      redisUrl: null,
      mail: { smtpUrl: null, from: expect.any(String) },
      keysDir: resolve('data/keys'),
      attachments: { url: null, dir: resolve('data/attachments'), incomingDir: resolve('data/incoming') },
      bcryptCost: 12,
      passwordContextWords: ['openward'],
      demoData: true,
      requireMfa: [],
      adminStepUp: false,
      abuseDetection: 'watch',
      sessions: { idleDays: 30, maxDays: 90 },
      queue: {
        leaseMinutes: 30,
        escalation: { emergency: { doctors: 3, admins: 10 }, urgent: { doctors: 30, admins: 120 }, routine: null },
      },
      push: {
        services: ['fcm.googleapis.com', '*.push.services.mozilla.com', '*.push.apple.com', '*.notify.windows.com'],
        testOrigin: null,
      },
      retentionYears: 10,
      appointments: { remindersMinutes: [1440, 60], changeHours: 24, maxMoves: 3, opensMinutes: 15, graceMinutes: 10 },
      logLevel: 'info',
      limits: {},
      tracing: null,
      warnings: [],
    });
  });

  it('an empty value counts as none, as compose files clear variables', () => {
    const names = [
      'PORT',
      'HOST',
      'DATABASE_URL',
      'REDIS_URL',
      'SMTP_URL',
      'TRUST_PROXY',
      'DEMO_DATA',
      'LOG_LEVEL',
      'LIMITS_FILE',
      'NODE_ENV',
    ];
    expect(readConfig(Object.fromEntries(names.map((name) => [name, ' '])))).toEqual(readConfig({}));
  });

  it('PUBLIC_URL follows PORT, KEYS_DIR follows DATA_DIR, HOST follows NODE_ENV', () => {
    const { http, keysDir } = readConfig({ PORT: '8080', DATA_DIR: '/srv/my data' });
    expect([http.publicUrl.origin, keysDir]).toEqual(['http://localhost:8080', '/srv/my data/keys']);
    expect(readConfig(production).http.host).toBe('0.0.0.0');
  });
});

describe('what is wrong', () => {
  it('is named all at once, a line each', () => {
    const wrong = {
      NODE_ENV: 'prod',
      PORT: '70000',
      METRICS_PORT: 'x',
      PUBLIC_URL: 'clinic.example.org',
      CHAT_DATABASE_URL: 'postgres://localhost/chat',
      READ_DATABASE_URL: 'postgres://localhost/copy',
      REDIS_URL: 'http://localhost',
      SMTP_URL: 'mail.example.org',
      TRUST_PROXY: '10.0.0.0/8, proxy.local',
      BCRYPT_COST: '3',
      DEMO_DATA: 'maybe',
      REQUIRE_MFA: 'admin, nurse',
      ADMIN_STEP_UP: 'sometimes',
      LOG_LEVEL: 'loud',
      LIMITS_FILE: join(folder, 'none.json'),
    };
    expect(names(wrong).sort()).toEqual(Object.keys(wrong).sort());
  });

  it.each([
    ['PORT', '-1'],
    ['PORT', '3.5'],
    ['PORT', 'http'],
    ['METRICS_PORT', '0'],
    ['BCRYPT_COST', '16'],
    ['REQUIRE_MFA', 'everyone'],
    ['REQUIRE_MFA', 'admin,'],
    ['REQUIRE_MFA', 'admin,none'],
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['DATABASE_URL', 'localhost:5432'],
    ['DATABASE_URL', 'postgres://one,two:70000/x'],
    ['DATABASE_URL', 'postgres://one/x?target_session_attrs=any-will-do'],
    ['DATABASE_POOL_SIZE', '1'],
    ['STOP_DRAIN_MS', '5001'],
    ['MIGRATE_LOCK_TIMEOUT_MS', '0'],
    ['MIGRATE_STATEMENT_TIMEOUT_S', 'long'],
    ['MIGRATE_ON_START', 'perhaps'],
    ['PUBLIC_URL', 'ftp://example.org'],
    ['PUBLIC_URL', 'https://'],
    ['PUBLIC_URL', 'https://example.org/clinic'],
    ['PUBLIC_URL', 'https://example.org/?a=b'],
    ['PUBLIC_URL', 'https://me:secret@example.org'],
    ['MAIL_FROM', 'Clinic'],
    ['MAIL_FROM', 'Clinic <care>'],
    ['MAIL_FROM', 'care@example.org, help@example.org'],
    ['SESSION_IDLE_DAYS', '0'],
    ['SESSION_IDLE_DAYS', '31'],
    ['SESSION_MAX_DAYS', '366'],
    ['RETENTION_YEARS', '-1'],
    ['RETENTION_YEARS', 'ten'],
    ['APPOINTMENT_REMINDERS_MIN', '1440,4'],
    ['APPOINTMENT_REMINDERS_MIN', 'a day'],
    ['APPOINTMENT_CHANGE_HOURS', '337'],
    ['APPOINTMENT_MAX_MOVES', '-1'],
    ['APPOINTMENT_OPENS_MIN', '1441'],
    ['APPOINTMENT_GRACE_MIN', '121'],
    ['TRUST_PROXY', 'all'],
    ['TRUST_PROXY', '*'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '0.0.0.0/0'],
    ['TRUST_PROXY', '127.0.0.1, ::/0'],
    ['TRUST_PROXY', '10.0.0.0/'],
    ['TRUST_PROXY', '10.0.0.0/8/8'],
    ['TRUST_PROXY', '10.0.0.0/ 8'],
    ['TRUST_PROXY', '::1/129'],
    ['TRUST_PROXY', '127.0.0.1,,'],
    ['REDIS_URL', 'rediss://cache?ca=/nowhere/ca.pem'],
  ])('%s = %s is refused', (name, value) => {
    expect(names({ [name]: value })).toContain(name);
  });

  it('one place for two things: a port, a database', () => {
    expect(mistakes({ PORT: '3199', METRICS_PORT: '3199' }).join()).toMatch(/^METRICS_PORT is 3199, as PORT is/);
    const [main, other] = ['postgres://one:x@db/care', 'postgresql://two:y@db:5432/care?sslmode=require'];
    expect(mistakes({ DATABASE_URL: main, CHAT_DATABASE_URL: other }).join()).toMatch(
      /^CHAT_DATABASE_URL is the database/,
    );
    expect(mistakes({ DATABASE_URL: main, CHAT_DATABASE_URL: `${main}_chat` })).toEqual([]);
  });

  it('never shows a secret: no URL is repeated', () => {
    const secret = 'hunter2';
    const lines = mistakes({
      NODE_ENV: 'production',
      DATABASE_URL: `mysql://root:${secret}@db/x`,
      CHAT_DATABASE_URL: `root:${secret}@db/x`,
      REDIS_URL: `rediz://:${secret}@cache`,
      SMTP_URL: `smtp//mailer:${secret}@mail`,
      PUBLIC_URL: `https//${secret}.example.org`,
    });
    expect(lines.length).toBeGreaterThanOrEqual(5);
    expect(lines.join('\n')).not.toContain(secret);
  });
});

describe('in production', () => {
  it('the least that is needed is enough', () => {
    expect(readConfig(production)).toMatchObject({ env: 'production', demoData: false, bcryptCost: 12 });
  });

  it('admins and doctors need a second factor, and destructive acts a fresh login, unless switched off by name', () => {
    expect(readConfig(production)).toMatchObject({ requireMfa: ['doctor', 'admin'], adminStepUp: true });
    const off = { ...production, REQUIRE_MFA: 'none', ADMIN_STEP_UP: 'off' };
    expect(readConfig(off)).toMatchObject({ requireMfa: [], adminStepUp: false });
  });

  it('abuse is held up, not only watched', () => {
    expect(readConfig(production).abuseDetection).toBe('on');
  });

  it('everything that is missing is named at once', () => {
    expect(names({ NODE_ENV: 'production' }).sort()).toEqual(['MAIL_FROM', 'PUBLIC_URL', 'SMTP_URL']);
    // Keys and databases come before the rest.
    expect(readConfig({ NODE_ENV: 'production' }, { serving: false }).env).toBe('production');
  });

  it.each([
    ['PUBLIC_URL', 'http://clinic.example.org'],
    ['DEMO_DATA', 'on'],
    ['BCRYPT_COST', '9'],
  ])('%s = %s is refused', (name, value) => {
    expect(names({ ...production, [name]: value })).toEqual([name]);
  });
});

describe('what is set', () => {
  it('is read', () => {
    const config = readConfig({
      HOST: '::1',
      PORT: '0',
      METRICS_PORT: '9090',
      PUBLIC_URL: 'https://clinic.example.org',
      DATABASE_URL: 'postgres://a/main',
      CHAT_DATABASE_URL: 'postgresql://b/chat',
      TRUST_PROXY: '127.0.0.1, 10.0.0.0/8, ::1',
      DEMO_DATA: 'off',
      REQUIRE_MFA: 'patient , admin',
      ADMIN_STEP_UP: 'on',
      BCRYPT_COST: '4',
      PASSWORD_CONTEXT_WORDS: 'Sankt Anna, ,Porto',
      LOG_LEVEL: 'debug',
    });
    expect(config).toMatchObject({
      http: { host: '::1', port: 0, trustProxy: ['127.0.0.1', '10.0.0.0/8', '::1'] },
      metricsPort: 9090,
      databases: { main: 'postgres://a/main', chat: 'postgresql://b/chat' },
      demoData: false,
      requireMfa: ['patient', 'admin'],
      adminStepUp: true,
      bcryptCost: 4,
      passwordContextWords: ['openward', 'Sankt Anna', 'Porto'],
      logLevel: 'debug',
    });
    expect(config.http.publicUrl.origin).toBe('https://clinic.example.org');
  });

  it('and has no effect is said, so that nobody relies on it', () => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    expect(readConfig(environment).warnings.join()).toContain('OTEL_EXPORTER_OTLP_PROTOCOL');
  });
});

describe('where traces go', () => {
  it.each([
    ['http://otel:4318', 'http://otel:4318/v1/traces'],
    ['https://otel.example/collect/', 'https://otel.example/collect/v1/traces'],
  ])('is below the endpoint of all signals: %s', (OTEL_EXPORTER_OTLP_ENDPOINT, url) => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG: '0.25' };
    expect(readConfig(environment).tracing).toEqual({ url, ratio: 0.25 });
    expect(readConfig({}).tracing).toBeNull();
  });

  it('and how many is a URL and a share of one, or the start stops', () => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'otel:4318', OTEL_TRACES_SAMPLER_ARG: '20%' };
    expect(() => readConfig(environment)).toThrow(/OTEL_EXPORTER_OTLP_ENDPOINT.*\n.*OTEL_TRACES_SAMPLER_ARG/);
  });
});

describe('LIMITS_FILE', () => {
  it('changes the limits that it names', () => {
    const LIMITS_FILE = limitsFile('{ "login.address": { "points": 60, "windowS": 300 } }');
    expect(readConfig({ LIMITS_FILE }).limits).toEqual({ 'login.address': { points: 60, windowS: 300 } });
  });

  it('with mistakes names each of them', () => {
    const LIMITS_FILE = limitsFile(
      '{ "login.adress": { "points": 1, "windowS": 1 }, "toString": {}, "account.read": { "points": 0, "windowS": 60 }, "account.write": 5 }',
    );
    const lines = mistakes({ LIMITS_FILE });
    expect(lines).toHaveLength(4);
    for (const name of ['login.adress', 'toString', 'account.read', 'account.write'])
      expect(lines.join('\n')).toContain(`"${name}"`);
  });

  it.each(['[]', 'null', '{', '1'])('that holds %s is refused', (content) => {
    expect(names({ LIMITS_FILE: limitsFile(content) })).toEqual(['LIMITS_FILE']);
  });
});

describe('a .env file', () => {
  it('fills what the environment does not have, and overrides nothing', () => {
    writeFileSync(
      join(folder, '.env'),
      'OPENWARD_TEST_A=from the file\nOPENWARD_TEST_B="from the file"\n# a comment\n',
    );
    process.env['OPENWARD_TEST_A'] = 'from the environment';
    try {
      loadDotEnv(folder);
      expect(process.env['OPENWARD_TEST_A']).toBe('from the environment');
      expect(process.env['OPENWARD_TEST_B']).toBe('from the file');
    } finally {
      delete process.env['OPENWARD_TEST_A'];
      delete process.env['OPENWARD_TEST_B'];
    }
  });

  it('need not be there', () => {
    expect(() => loadDotEnv(join(folder, 'nowhere'))).not.toThrow();
  });
});

describe('the limits of sessions', () => {
  it('fit each other: the idle one follows a shorter age, and a longer one beside it is refused', () => {
    expect(readConfig({ SESSION_MAX_DAYS: '7' }).sessions).toEqual({ idleDays: 7, maxDays: 7 });
    expect(readConfig({ SESSION_IDLE_DAYS: '2' }).sessions).toEqual({ idleDays: 2, maxDays: 90 });
    expect(names({ SESSION_MAX_DAYS: '7', SESSION_IDLE_DAYS: '8' })).toEqual(['SESSION_MAX_DAYS']);
  });
});

import { type Logger, pino } from 'pino';
import type { Config } from '../config.ts';

export type { Logger } from 'pino';

/**
 * Members that are never written, wherever they stand in a log line: a second fence, since lines carry ids, codes and
 * durations only.
 */
const redacted = [
  'password',
  'newPassword',
  'currentPassword',
  'token',
  'accessToken',
  'refreshToken',
  'authorization',
  'cookie',
  'set-cookie',
  'text',
  'complaint',
  'description',
  'recommendations',
  'email',
  'fullName',
];

/** JSON lines; readable ones on a terminal in development. */
export function createLog(config: Pick<Config, 'env' | 'logLevel'>): Logger {
  const readable = config.env === 'development' && process.stdout.isTTY;
  return pino({
    level: config.logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: redacted.flatMap((name) => [bracketed(name), `*${bracketed(name)}`, `*.*${bracketed(name)}`]),
      censor: '[redacted]',
    },
    ...(readable
      ? { transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss' } } }
      : {}),
  });
}

function bracketed(name: string): string {
  return `["${name}"]`;
}

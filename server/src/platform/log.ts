import { DrizzleQueryError } from 'drizzle-orm';
import { type DestinationStream, type Logger, pino } from 'pino';
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

/** JSON lines to `destination`, default stdout; readable ones on a terminal in development. */
export function createLog(config: Pick<Config, 'env' | 'logLevel'>, destination?: DestinationStream): Logger {
  const readable = config.env === 'development' && process.stdout.isTTY;
  const options = {
    level: config.logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: safeError },
    redact: {
      paths: redacted.flatMap((name) => [bracketed(name), `*${bracketed(name)}`, `*.*${bracketed(name)}`]),
      censor: '[redacted]',
    },
    ...(readable
      ? { transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss' } } }
      : {}),
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/**
 * An error as it is logged: what it is, what it says in one line, where, and what is behind it. Nothing else that is in it: the parameters of a
 * statement, which drizzle has in its message, and the row that PostgreSQL refused hold health text.
 */
export function safeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const failed = error instanceof DrizzleQueryError && error.cause instanceof Error ? error.cause : error;
  const { code, constraint } = failed as { code?: unknown; constraint?: unknown };
  return {
    type: failed.constructor.name,
    message: failed instanceof DrizzleQueryError ? 'a statement failed' : failed.message.split('\n')[0],
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof constraint === 'string' ? { constraint } : {}),
    stack: framesOf(error),
    ...(failed.cause === undefined ? {} : { cause: safeError(failed.cause) }),
    ...(failed instanceof AggregateError ? { errors: failed.errors.slice(0, mostErrors).map(safeError) } : {}),
  };
}

const mostErrors = 5;
const mostFrames = 8;

/** Without the message, which may have many lines. */
function framesOf({ stack = '' }: Error): string {
  return stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, mostFrames)
    .join('\n');
}

function bracketed(name: string): string {
  return `["${name}"]`;
}

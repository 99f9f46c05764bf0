import { and, isNull, type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { Config } from '#server/config.ts';
import { sessions } from '../tables.ts';

/** Days without use, and days in all, after which a session is over (SESSION_IDLE_DAYS, SESSION_MAX_DAYS; ASVS 7.3). */
type Limits = Config['sessions'] | { idleDays: Placeholder; maxDays: Placeholder };

/**
 * Whether a session goes on at this moment, by the database's clock. Both limits are asked for beside `expiresAt`, so that a
 * setting that is made stricter counts for the sessions that are there.
 */
export function isLive(limits: Limits): SQL | undefined {
  return and(isNull(sessions.endedAt), sql`${endOf(limits)} > now()`);
}

/** When a session runs out if it is not used any more. */
export function endOf({ idleDays, maxDays }: Limits): SQL {
  return sql`least(
    ${sessions.expiresAt},
    ${sessions.createdAt} + make_interval(days => ${daysOf(maxDays)}),
    ${sessions.lastSeenAt} + make_interval(days => ${daysOf(idleDays)})
  )`;
}

/** When a session that is used now runs out: after the idle time, or at its last day, whichever comes first. */
export function nextExpiry({ idleDays, maxDays }: Limits, createdAt: SQL): SQL {
  return sql`least(
    now() + make_interval(days => ${daysOf(idleDays)}),
    ${createdAt} + make_interval(days => ${daysOf(maxDays)})
  )`;
}

/** The type is said, since Postgres cannot tell it from a placeholder in a named argument. */
function daysOf(days: number | Placeholder): SQL {
  return sql`${days}::integer`;
}

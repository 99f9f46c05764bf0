import type { listSecurityEvents as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, asc, desc, eq, gte, lt, ne, sql } from 'drizzle-orm';
import type { TokenError } from '#platform/crypto/tokens.ts';
import { decodeCursor, encodeCursor } from '#platform/database/cursor.ts';
import { readPages } from '#platform/database/read-pages.ts';
import { walkNewest } from '#platform/database/walk-newest.ts';
import { newId } from '#platform/id.ts';
import { addressKey } from '#platform/limits/address-key.ts';
import type { Ctx } from '#server/context.ts';
import { securityEvents } from '../tables.ts';

export type SecurityEventKind =
  | 'login-failed'
  | 'login-failures-in-series'
  | 'role-probing'
  | 'refresh-token-reused'
  | 'session-mismatch'
  | 'session-cache-forged'
  | 'cache-forged'
  | 'token-forged'
  | 'second-factor-failed'
  | 'recovery-code-used'
  | 'mfa-enabled'
  | 'mfa-disabled'
  | 'mfa-reset'
  | 'email-change-undone'
  | 'new-device'
  | 'totp-added'
  | 'totp-removed'
  | 'passkey-added'
  | 'passkey-removed'
  | 'passkey-cloned'
  | 'abuse-step'
  | 'abuse-lifted';

export type SecurityEvent = {
  kind: SecurityEventKind;
  accountId: string | null;
  details?: Record<string, string | number>;
};

/**
 * Writes down what looked like an attack, for admins, the log and the metrics. Never in the transaction of a change that then
 * fails.
 */
export async function recordSecurityEvent(ctx: Ctx, event: SecurityEvent): Promise<void> {
  const { kind, accountId, details = {} } = event;
  ctx.metrics.securityEvents.count(kind);
  // The first of a flood tell as much as all of it would, and a flood must not fill the table.
  const source = accountId ?? addressKey(ctx.origin.ip ?? '');
  if (!(await ctx.limits.allows('security-event.source', `${kind}:${source}`))) return;
  ctx.log.warn({ kind, accountId, ...details }, 'security event');
  await ctx.db
    .insert(securityEvents)
    .values({ id: newId(), kind, accountId, ip: ctx.origin.ip, requestId: ctx.origin.requestId, details });
}

/** A copy of a public thing in Redis that our keys did not make: somebody else writes there. */
export async function recordForgedCopy(ctx: Ctx, policy: string): Promise<void> {
  await recordSecurityEvent(ctx, { kind: 'cache-forged', accountId: null, details: { policy } });
}

/** A token that our keys did not make, or one of another kind: nobody gets there by accident. An old one is nothing. */
export async function recordForgedToken(ctx: Ctx, { reason }: TokenError): Promise<void> {
  if (reason !== 'forged' && reason !== 'wrong-kind') return;
  ctx.guard.note(ctx, { kind: reason === 'forged' ? 'token-forged' : 'token-wrong-kind' });
  await recordSecurityEvent(ctx, { kind: 'token-forged', accountId: null, details: { reason } });
}

/** So many events are looked at for one page. With one filter each of them fits; an account and a kind have no index in common. */
const steps = 10_000;

/**
 * `subjectId` and `actorId` both ask for the account that it happened to; `action` for the kind. A page may be short, where few events fit two filters:
 * `nextCursor` says whether there is more.
 */
export async function listSecurityEvents(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { actorId, subjectId, action, from, to, limit = 20 } = input;
  const { at, id } = securityEvents;
  // Along the index of what has the fewest events, as a rule; the one of all takes this condition.
  const [first = ne(id, '00000000-0000-0000-0000-000000000000'), ...fits] = [
    actorId === undefined ? undefined : eq(securityEvents.accountId, actorId),
    subjectId === undefined ? undefined : eq(securityEvents.accountId, subjectId),
    action === undefined ? undefined : eq(securityEvents.kind, action),
  ].filter((condition) => condition !== undefined);
  const path = [first, from === undefined ? undefined : gte(at, from), to === undefined ? undefined : lt(at, to)];
  const walk = { table: securityEvents, at, id, path, fits, after: decodeCursor(input.cursor, ['time', 'id']) };
  const { ids, stoppedAt } = await walkNewest(ctx.db, walk, { limit: limit + 1, steps });
  const those = sql`${id} = ANY(${sql.param(ids)}::uuid[])`;
  const rows = await ctx.db.select().from(securityEvents).where(those).orderBy(desc(at), desc(id));
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const end = rows.length > limit && last !== undefined ? [last.at, last.id] : stoppedAt;
  return { items, nextCursor: end === null ? null : encodeCursor(end) };
}

/** What an admin does to somebody's account. All else comes from its owner, or from whoever tries to be them. */
const byAdmins: readonly string[] = ['mfa-reset', 'abuse-lifted'] satisfies SecurityEventKind[];

/** All that looked like an attack on one account, the oldest first: for its owner's export. From where an admin acted is not told. */
export async function securityEventsAbout(ctx: Ctx, accountId: string) {
  const events = await readPages<typeof securityEvents.$inferSelect>((after, limit) =>
    ctx.db
      .select()
      .from(securityEvents)
      .where(
        and(
          eq(securityEvents.accountId, accountId),
          after === null
            ? undefined
            : sql`(${securityEvents.at}, ${securityEvents.id}) > (${after.at}::timestamptz, ${after.id}::uuid)`,
        ),
      )
      .orderBy(asc(securityEvents.at), asc(securityEvents.id))
      .limit(limit),
  );
  return events.map((event) => (byAdmins.includes(event.kind) ? { ...event, ip: null, requestId: null } : event));
}

import type { IncomingHttpHeaders } from 'node:http';
import { and, eq, isNotNull, isNull, notInArray, or, sql } from 'drizzle-orm';
import { type AccessClaims, TokenError } from '#platform/crypto/tokens.ts';
import { prepared } from '#platform/database/prepared.ts';
import type { Authenticate } from '#platform/http/admit.ts';
import type { Count, CountWords } from '#platform/limits/limiter.ts';
import { Problem } from '#platform/problem.ts';
import type { Actor, Ctx } from '#server/context.ts';
import { banIsRunning, isApproved } from '../accounts/account.ts';
import { recordForgedToken } from '../events/security-event.ts';
import { accounts, bans, sessions } from '../tables.ts';
import { accountBanned } from './log-in.ts';
import { refuseMismatch } from './refuse-session.ts';
import { cacheSession, findCachedSession } from './session-cache.ts';
import { accessCookie } from './session-cookies.ts';
import type { LiveSession } from './session-copy.ts';
import { endOf, isLive } from './session-life.ts';

/**
 * Who is calling: the token is verified, then compared with the session's state (contract, section 2).
 * @returns null when the call brings no credentials.
 * @throws Problem 401 `unauthenticated`, 401 `session-ended`, 403 `account-banned`.
 */
export const authenticate = (async (ctx, credentials, limitOf) => {
  const token = credentials.bearer ?? credentials.cookie(accessCookie);
  if (token === undefined) return null;
  const { actor, counted } = await authenticateToken(ctx, token, limitOf);
  return { actor, byCookie: credentials.bearer === undefined, counted };
}) satisfies Authenticate;

/** An access token → its actor, and when the token runs out. @throws as {@link authenticate}. */
export async function authenticateToken(
  ctx: Ctx,
  token: string,
  limitOf?: (accountId: string) => CountWords,
): Promise<{ actor: Actor; expiresAt: Date; counted: Count | null }> {
  const claims = ctx.tokens.recallAccess(token) ?? (await verifyAccess(ctx, token));
  const { actor, counted } = await compareSession(ctx, claims, limitOf?.(claims.sub));
  return { actor, expiresAt: new Date(claims.exp * 1000), counted };
}

/** Whether headers bring a token that was good a moment ago. Nothing is believed for it, but under too much load they go before strangers. */
export function isKnownCaller({ tokens }: Ctx, { authorization, cookie }: IncomingHttpHeaders): boolean {
  if (authorization?.startsWith('Bearer ')) return tokens.remembersAccess(authorization.slice(7));
  const [, token] = accessIn.exec(cookie ?? '') ?? [];
  return token !== undefined && tokens.remembersAccess(token);
}

const accessIn = new RegExp(`(?:^|; )${accessCookie}=([^;]+)`);

async function verifyAccess(ctx: Ctx, token: string): Promise<AccessClaims> {
  try {
    return await ctx.tokens.verifyAccess(token);
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    await recordForgedToken(ctx, error);
    throw new Problem('unauthenticated', {
      detail: 'The access token is not valid or too old. Refresh it, or log in again.',
      cause: error,
    });
  }
}

const days = { idleDays: sql.placeholder('idleDays'), maxDays: sql.placeholder('maxDays') };

const sessionState = prepared((db) =>
  db
    .select({
      accountId: sessions.accountId,
      live: sql<boolean>`${isLive(days)}`,
      unseenLong: sql<boolean>`${sessions.lastSeenAt} < now() - interval '1 minute'`,
      role: accounts.role,
      approvedAt: accounts.approvedAt,
      mfaEnabledAt: accounts.mfaEnabledAt,
      deleted: sql<boolean>`${accounts.deletedAt} IS NOT NULL`,
      banned: sql<boolean>`${bans.id} IS NOT NULL`,
      reason: bans.reason,
      until: bans.until,
      xmin: sql`pg_snapshot_xmin(pg_current_snapshot())`.mapWith(Number),
      readAtMs: sql`extract(epoch FROM now()) * 1000`.mapWith(Number),
      expiresAtMs: sql`extract(epoch FROM ${endOf(days)}) * 1000`.mapWith(Number),
    })
    .from(sessions)
    .innerJoin(accounts, eq(accounts.id, sessions.accountId))
    .leftJoin(bans, and(eq(bans.accountId, accounts.id), banIsRunning))
    .where(eq(sessions.id, sql.placeholder('sessionId')))
    .prepare('session_state'),
);

/** The actor of a session, for what stands for a token of it, as a socket's ticket does. @throws as {@link authenticate}. */
export async function authenticateSession(
  ctx: Ctx,
  { accountId, sessionId }: { accountId: string; sessionId: string },
): Promise<Actor> {
  const { actor } = await compareSession(ctx, { sub: accountId, sid: sessionId });
  return actor;
}

type Claims = Pick<AccessClaims, 'sub' | 'sid'> & { readonly role?: string };

/** What the token says against the session's state: the copy in Redis, or the database, whose word alone refuses. */
async function compareSession(
  ctx: Ctx,
  claims: Claims,
  limit?: CountWords,
): Promise<{ actor: Actor; counted: Count | null }> {
  const place = { accountId: claims.sub, sessionId: claims.sid };
  const { session, counted } = await findCachedSession(ctx, place, limit);
  const agrees = session !== null && !isOtherRole(claims, session);
  const { role, approved, hasFactor } = agrees ? session : await readSession(ctx, claims);
  const factorMissing = !hasFactor && ctx.config.requireMfa.includes(role);
  // Spelled out: what is spread into another object takes half as much again, and each socket keeps one.
  return { actor: { accountId: claims.sub, sessionId: claims.sid, role, approved, factorMissing }, counted };
}

/** The session's state in the database. A mismatch ends in 401 and is written down; what is good is kept for the next call. */
async function readSession(ctx: Ctx, claims: Claims): Promise<LiveSession> {
  const [state] = await sessionState(ctx.db).execute({ sessionId: claims.sid, ...ctx.config.sessions });
  if (state === undefined || state.accountId !== claims.sub || isOtherRole(claims, state)) {
    return refuseMismatch(ctx, claims.sid, null);
  }
  if (state.banned && state.reason !== null && !state.deleted)
    throw accountBanned({ reason: state.reason, until: state.until });
  if (!state.live || state.deleted) return refuseMismatch(ctx, claims.sid, state.accountId);
  if (state.unseenLong) await touchSession(ctx, claims.sid);
  const session = { role: state.role, approved: isApproved(state), hasFactor: state.mfaEnabledAt !== null };
  cacheSession(ctx, { accountId: claims.sub, sessionId: claims.sid }, session, state);
  return session;
}

function isOtherRole(claims: Claims, { role }: { role: string }): boolean {
  return claims.role !== undefined && claims.role !== role;
}

/** At most once a minute for each session, so that reading costs no write. */
async function touchSession(ctx: Ctx, sessionId: string): Promise<void> {
  await ctx.db.update(sessions).set({ lastSeenAt: sql`now()` }).where(eq(sessions.id, sessionId));
}

/**
 * Which of the sessions go on, in one statement for all: the backstop under the bus for open sockets.
 * @returns by id whether the account is approved at this moment. Those that ended, ran out or never were are missing, and
 *   those of somebody who needs a second factor and has it no longer.
 */
export async function findLiveSessions(
  ctx: Ctx,
  sessionIds: readonly string[],
): Promise<Map<string, { approved: boolean }>> {
  if (sessionIds.length === 0) return new Map();
  const rows = await ctx.db
    .select({ id: sessions.id, role: accounts.role, approvedAt: accounts.approvedAt })
    .from(sessions)
    .innerJoin(accounts, eq(accounts.id, sessions.accountId))
    .where(
      and(
        sql`${sessions.id} = ANY(${sql.param([...sessionIds])}::uuid[])`,
        isLive(ctx.config.sessions),
        isNull(accounts.deletedAt),
        or(isNotNull(accounts.mfaEnabledAt), notInArray(accounts.role, [...ctx.config.requireMfa])),
      ),
    );
  return new Map(rows.map((row) => [row.id, { approved: isApproved(row) }]));
}

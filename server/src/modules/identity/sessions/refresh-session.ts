import { and, eq, isNull, sql } from 'drizzle-orm';
import { type RefreshClaims, TokenError } from '#platform/crypto/tokens.ts';
import { sendMail } from '#platform/mail/send-mail.ts';
import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { type AccountWithBan, accountView, lockAccount } from '../accounts/account.ts';
import { recordForgedToken, recordSecurityEvent } from '../events/security-event.ts';
import { noticeMail } from '../mails/notices.ts';
import { refreshTokens, sessions } from '../tables.ts';
import { endSessions } from './end-sessions.ts';
import { accountBanned } from './log-in.ts';
import { refuseMismatch, sessionEnded } from './refuse-session.ts';
import { isLive, nextExpiry } from './session-life.ts';
import { mintAccess, mintRefresh, type SessionTokens } from './start-session.ts';

/** A token rotated away so recently is an honest twin (a second tab, a lost answer), not a theft (RFC 9700, 4.14.2). */
const graceS = 30;

/**
 * Rotates a refresh token. Within the grace, whoever brings the one before gets the session's current token: the same bytes,
 * on any node. Later than that it is reuse: the whole session ends.
 * @throws Problem 401 `unauthenticated` (no good token), 401 `session-ended`, which is written down as a security event, 403 `account-banned`.
 */
export async function refreshSession(ctx: Ctx, token: string | undefined): Promise<SessionTokens> {
  const claims = await verify(ctx, token);
  const outcome = await ctx.tx(async (ctx) => {
    // The account's lock first, as login and ban do: a refresh that races them comes wholly before or wholly after.
    const found = await lockAccount(ctx, claims.sub).catch(nullIfMissing);
    if (found === null) return { mismatchOf: null };
    if (found.account.deletedAt !== null) return { mismatchOf: claims.sub };
    if (found.ban !== null) throw accountBanned(found.ban);
    const [session] = await ctx.db
      .select({
        id: sessions.id,
        accountId: sessions.accountId,
        createdAt: sessions.createdAt,
        live: sql<boolean>`${isLive(ctx.config.sessions)}`,
      })
      .from(sessions)
      .where(eq(sessions.id, claims.sid))
      .for('update');
    if (session?.accountId !== claims.sub || found.account.role !== claims.role) return { mismatchOf: null };
    if (!session.live) return { mismatchOf: claims.sub };
    const presented = await stateOf(ctx, claims);
    if (presented === 'reused') return 'reused';
    const refreshToken =
      presented === 'current' ? await rotate(ctx, found, claims) : await currentToken(ctx, found, claims);
    const expiresAt = await touch(ctx, claims.sid, presented === 'current');
    return {
      account: accountView(found),
      session: { id: session.id, createdAt: session.createdAt, expiresAt },
      refreshToken,
      ...(await mintAccess(ctx, found.account, session.id)),
    };
  });
  if (outcome === 'reused') return endReusedSession(ctx, claims);
  if ('mismatchOf' in outcome) return refuseMismatch(ctx, claims.sid, outcome.mismatchOf);
  return outcome;
}

function nullIfMissing(error: unknown): null {
  if (error instanceof Problem && error.code === 'not-found') return null;
  throw error;
}

async function verify(ctx: Ctx, token: string | undefined): Promise<RefreshClaims> {
  if (token === undefined)
    throw new Problem('unauthenticated', {
      detail: 'Send the refresh token, as a cookie or as refreshToken in the body.',
    });
  try {
    return await ctx.tokens.verifyRefresh(token);
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    await recordForgedToken(ctx, error);
    throw new Problem('unauthenticated', { detail: 'The refresh token is not valid. Log in again.', cause: error });
  }
}

/** Rows of tokens that were rotated away are kept a little longer than the grace; an unknown jti with a good signature is older. */
async function stateOf(ctx: Ctx, { jti, sid }: RefreshClaims): Promise<'current' | 'in-grace' | 'reused'> {
  const [row] = await ctx.db
    .select({
      rotated: sql<boolean>`${refreshTokens.rotatedAt} IS NOT NULL`,
      inGrace: sql<boolean>`coalesce(${refreshTokens.rotatedAt} > now() - make_interval(secs => ${graceS}), false)`,
    })
    .from(refreshTokens)
    .where(and(eq(refreshTokens.jti, jti), eq(refreshTokens.sessionId, sid)));
  if (row === undefined) return 'reused';
  if (!row.rotated) return 'current';
  return row.inGrace ? 'in-grace' : 'reused';
}

async function rotate(ctx: Ctx, { account }: AccountWithBan, { jti, sid }: RefreshClaims): Promise<string> {
  await ctx.db.update(refreshTokens).set({ rotatedAt: sql`now()` }).where(eq(refreshTokens.jti, jti));
  return mintRefresh(ctx, account, sid);
}

/** The current token once more: minting is a function of its row and the keys. */
async function currentToken(ctx: Ctx, { account }: AccountWithBan, { sid }: RefreshClaims): Promise<string> {
  const [row] = await ctx.db
    .select()
    .from(refreshTokens)
    .where(and(eq(refreshTokens.sessionId, sid), isNull(refreshTokens.rotatedAt)));
  if (row === undefined) throw sessionEnded();
  const { token } = await ctx.tokens.mintRefresh({
    sub: account.id,
    sid,
    role: account.role,
    jti: row.jti,
    issuedAt: new Date(row.issuedAt),
    kids: { signing: row.signingKid, encryption: row.encryptionKid },
  });
  return token;
}

async function touch(ctx: Ctx, sessionId: string, rotated: boolean): Promise<string> {
  const [row] = await ctx.db
    .update(sessions)
    .set({
      lastSeenAt: sql`now()`,
      ...(rotated ? { expiresAt: nextExpiry(ctx.config.sessions, sql`${sessions.createdAt}`) } : {}),
    })
    .where(eq(sessions.id, sessionId))
    .returning({ expiresAt: sessions.expiresAt });
  if (row === undefined) throw sessionEnded();
  return row.expiresAt;
}

async function endReusedSession(ctx: Ctx, { sub, sid }: RefreshClaims): Promise<never> {
  await ctx.tx(async (ctx) => {
    await recordSecurityEvent(ctx, { kind: 'refresh-token-reused', accountId: sub, details: { sessionId: sid } });
    const ended = await endSessions(ctx, { accountId: sub, only: sid, because: 'refresh-token-reused' });
    if (ended > 0) await sendMail(ctx, noticeMail, { accountId: sub, notice: 'sessions-ended-for-safety' });
  });
  throw sessionEnded();
}

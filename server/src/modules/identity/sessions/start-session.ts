import type { Account } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import { ACCESS_LIFETIME_S } from '#platform/crypto/tokens.ts';
import { newId } from '#platform/id.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { type AccountRow, type AccountWithBan, accountView } from '../accounts/account.ts';
import { refreshTokens, sessions } from '../tables.ts';
import { endSurplusSessions } from './end-sessions.ts';
import { rememberDevice } from './remember-device.ts';
import { nextExpiry } from './session-life.ts';

/** A session with its tokens, before they travel as cookies or in a body. */
export type SessionTokens = {
  account: Account;
  session: { id: string; createdAt: string; expiresAt: string };
  accessToken: string;
  refreshToken: string;
  /** Seconds. */
  expiresInS: number;
};

/** Opens a session. The caller holds the account's row lock and has checked that it may log in. */
export async function startSession(ctx: Ctx, found: AccountWithBan): Promise<SessionTokens> {
  const { account } = found;
  const id = newId();
  const [session] = await ctx.db
    .insert(sessions)
    .values({
      id,
      accountId: account.id,
      expiresAt: nextExpiry(ctx.config.sessions, sql`now()`),
      ip: ctx.origin.ip,
      userAgent: ctx.origin.userAgent,
    })
    .returning({ id: sessions.id, createdAt: sessions.createdAt, expiresAt: sessions.expiresAt });
  if (session === undefined) throw new Error('The session was not stored.');
  const refreshToken = await mintRefresh(ctx, account, id);
  await rememberDevice(ctx, account.id, id);
  await endSurplusSessions(ctx, account.id);
  ctx.afterCommit(() => ctx.guard.note(ctx, { kind: 'logged-in', what: account.id }));
  await audit(
    ctx.as({ accountId: account.id, role: account.role, sessionId: id, approved: true, factorMissing: false }),
    {
      action: 'session.started',
      subjectType: 'session',
      subjectId: id,
    },
  );
  return { account: accountView(found), session, refreshToken, ...(await mintAccess(ctx, account, id)) };
}

/** A new current refresh token for a session; its row is what makes it one. */
export async function mintRefresh(ctx: Ctx, account: AccountRow, sessionId: string): Promise<string> {
  const minted = await ctx.tokens.mintRefresh({ sub: account.id, sid: sessionId, role: account.role, jti: newId() });
  await ctx.db.insert(refreshTokens).values({
    jti: minted.jti,
    sessionId,
    issuedAt: minted.issuedAt.toISOString(),
    signingKid: minted.kids.signing,
    encryptionKid: minted.kids.encryption,
  });
  return minted.token;
}

export async function mintAccess(
  ctx: Ctx,
  account: AccountRow,
  sessionId: string,
): Promise<{ accessToken: string; expiresInS: number }> {
  const { token } = await ctx.tokens.mintAccess({ sub: account.id, sid: sessionId, role: account.role });
  return { accessToken: token, expiresInS: ACCESS_LIFETIME_S };
}

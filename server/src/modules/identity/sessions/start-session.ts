import type { Account } from '@openward/contracts';
import { ACCESS_LIFETIME_S } from '#platform/crypto/tokens.ts';
import { newId } from '#platform/id.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { type AccountRow, type AccountWithBan, accountView } from '../accounts/account.ts';
import { refreshTokens } from '../tables.ts';
import { endSessions } from './end-sessions.ts';
import { openSession } from './open-session.ts';
import { placeOf, tellOfNewPlace } from './remember-device.ts';

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
  const { ip, userAgent } = ctx.origin;
  const id = newId();
  const place = placeOf(ctx.origin);
  const refresh = await ctx.tokens.mintRefresh({ sub: account.id, sid: id, role: account.role, jti: newId() });
  const opening = { id, accountId: account.id, ip, userAgent, ...place, refresh };
  const { isNewPlace, surplus, ...times } = await openSession(ctx.db, opening, ctx.config.sessions);
  if (isNewPlace) await tellOfNewPlace(ctx, account.id, id, place.device);
  for (const only of surplus) await endSessions(ctx, { accountId: account.id, only, because: 'too-many' });
  ctx.afterCommit(() => ctx.guard.note(ctx, { kind: 'logged-in', what: account.id }));
  await audit(
    ctx.as({ accountId: account.id, role: account.role, sessionId: id, approved: true, factorMissing: false }),
    {
      action: 'session.started',
      subjectType: 'session',
      subjectId: id,
    },
  );
  const session = { id, ...times };
  return { account: accountView(found), session, refreshToken: refresh.token, ...(await mintAccess(ctx, account, id)) };
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

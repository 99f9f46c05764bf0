import { TokenError } from '#platform/crypto/tokens.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { endSessions } from './end-sessions.ts';

/**
 * Ends the session that a browser had when it logged in anew, of whichever account: its cookies are overwritten, so that nobody
 * could end it any more (ASVS 7.2.4). A refresh token that is not good ends nothing.
 */
export async function endReplacedSession(ctx: Ctx, refreshToken: string | undefined): Promise<void> {
  if (refreshToken === undefined) return;
  const claims = await ctx.tokens.verifyRefresh(refreshToken).catch((error: unknown) => {
    if (error instanceof TokenError) return null;
    throw error;
  });
  if (claims === null) return;
  const { sub: accountId, sid: only } = claims;
  await ctx.tx(async (ctx) => {
    const because = 'replaced';
    if ((await endSessions(ctx, { accountId, only, because })) === 0) return;
    const details = { because, count: 1 };
    await audit(ctx, { action: 'session.ended', subjectType: 'session', subjectId: only, ownerId: accountId, details });
  });
}

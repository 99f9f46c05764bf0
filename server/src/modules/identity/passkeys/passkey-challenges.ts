import { createHash, randomBytes } from 'node:crypto';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { passkeyChallenges } from '../tables.ts';

/** What a challenge is for. Nobody has said who they are at login; the others belong to one session. */
export type ChallengeUse =
  | { readonly purpose: 'login' }
  | { readonly purpose: 'register' | 'reauthenticate'; readonly accountId: string; readonly sessionId: string };

/** So long somebody may look for the security key. Milliseconds. */
export const challengeLifetimeMs = 5 * 60 * 1000;

/**
 * A new challenge of 32 random bytes (WebAuthn Level 3, 13.4.3), good on any node. In a session it voids the one before for
 * the same purpose. Only its hash is stored.
 * @returns base64url.
 */
export async function issueChallenge(ctx: Ctx, use: ChallengeUse): Promise<string> {
  const challenge = randomBytes(32).toString('base64url');
  const expiresAt = sql`now() + make_interval(secs => ${challengeLifetimeMs / 1000})`;
  await ctx.tx(async (ctx) => {
    if (use.purpose !== 'login') await ctx.db.delete(passkeyChallenges).where(isFor(use));
    await ctx.db.insert(passkeyChallenges).values({ hash: hashOf(challenge), ...use, expiresAt });
  });
  return challenge;
}

/**
 * Uses a challenge up, in one atomic statement: of a hundred at once, on any nodes, one wins. Outside of any transaction, so
 * that it is gone whatever is then found wrong with what was signed.
 * @returns false for one that is used, too old, made up, or for something or somebody else.
 */
export async function takeChallenge(ctx: Ctx, challenge: string, use: ChallengeUse): Promise<boolean> {
  const taken = await ctx.db
    .delete(passkeyChallenges)
    .where(and(eq(passkeyChallenges.hash, hashOf(challenge)), isFor(use), sql`${passkeyChallenges.expiresAt} > now()`))
    .returning({ purpose: passkeyChallenges.purpose });
  return taken.length > 0;
}

/** Drops the challenges that nobody answered in time. */
export async function dropOldChallenges(ctx: Ctx): Promise<void> {
  await ctx.db.delete(passkeyChallenges).where(sql`${passkeyChallenges.expiresAt} < now()`);
}

function isFor(use: ChallengeUse) {
  const { accountId, sessionId } = passkeyChallenges;
  const owner =
    use.purpose === 'login'
      ? and(isNull(accountId), isNull(sessionId))
      : and(eq(accountId, use.accountId), eq(sessionId, use.sessionId));
  return and(eq(passkeyChallenges.purpose, use.purpose), owner);
}

function hashOf(challenge: string): Buffer {
  return createHash('sha256').update(challenge).digest();
}

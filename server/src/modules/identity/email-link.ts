import { and, eq, isNull, sql } from 'drizzle-orm';
import { TokenError } from '#platform/crypto/tokens.ts';
import { newId } from '#platform/id.ts';
import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { type AccountRow, lockAccount } from './account.ts';
import { accounts, emailLinks, type LinkPurpose } from './tables.ts';

/** Seconds that a link of each purpose is good for (contract, section 2). */
const lifetimesS: Record<LinkPurpose, number> = {
  'verify-email': 24 * 3600,
  'reset-password': 20 * 60,
  'set-password': 20 * 60,
  'confirm-email': 20 * 60,
  'confirm-deletion': 20 * 60,
};

/**
 * Makes a link for an account and voids the older of its purpose. What is stored is no credential: the token is minted
 * out of the row, with the keys, when the mail is written. Within the caller's transaction.
 * @returns the link's id.
 */
export async function issueLink(
  ctx: Ctx,
  link: { accountId: string; purpose: LinkPurpose; email: string; previousEmail?: string; sessionId?: string },
): Promise<string> {
  const id = newId();
  await lockAccount(ctx, link.accountId);
  await ctx.db
    .update(emailLinks)
    .set({ usedAt: sql`now()` })
    .where(
      and(eq(emailLinks.accountId, link.accountId), eq(emailLinks.purpose, link.purpose), isNull(emailLinks.usedAt)),
    );
  await ctx.db.insert(emailLinks).values({
    id,
    ...link,
    expiresAt: sql`now() + make_interval(secs => ${lifetimesS[link.purpose]})`,
  });
  return id;
}

export type OpenLink = {
  id: string;
  purpose: LinkPurpose;
  email: string;
  sessionId: string | null;
  account: AccountRow;
};

/**
 * Token → the link behind it, still unused. Changes nothing, so that a bad new password does not cost the link.
 * @throws Problem 400 `invalid-token`.
 */
export async function openLink(ctx: Ctx, token: string, purposes: readonly LinkPurpose[]): Promise<OpenLink> {
  for (const purpose of purposes) {
    const claims = await ctx.tokens.verifyEmail(token, purpose).catch((error: unknown) => {
      if (error instanceof TokenError) return null;
      throw error;
    });
    if (claims === null) continue;
    const [row] = await ctx.db
      .select({ link: emailLinks, account: accounts })
      .from(emailLinks)
      .innerJoin(accounts, eq(accounts.id, emailLinks.accountId))
      .where(
        and(
          eq(emailLinks.id, claims.jti),
          eq(emailLinks.accountId, claims.sub),
          eq(emailLinks.purpose, purpose),
          isUsable,
        ),
      );
    if (row !== undefined) return { ...row.link, account: row.account };
  }
  throw invalidToken();
}

/**
 * Uses the link up, in one atomic statement: of a hundred at once one wins (ASVS 7.2; CVE-2026-1035 elsewhere).
 * @throws Problem 400 `invalid-token` for the others.
 */
export async function takeLink(ctx: Ctx, link: OpenLink): Promise<void> {
  const [taken] = await ctx.db
    .update(emailLinks)
    .set({ usedAt: sql`now()` })
    .where(and(eq(emailLinks.id, link.id), isUsable))
    .returning({ id: emailLinks.id });
  if (taken === undefined) throw invalidToken();
}

const isUsable = and(isNull(emailLinks.usedAt), sql`${emailLinks.expiresAt} > now()`);

export function invalidToken(): Problem {
  return new Problem('invalid-token', { detail: 'The link is used up, too old or not whole. Ask for a new one.' });
}

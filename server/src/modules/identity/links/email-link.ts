import { and, asc, eq, inArray, isNull, lt, ne, type SQL, sql } from 'drizzle-orm';
import { emailLifetimeS, TokenError } from '#platform/crypto/tokens.ts';
import { newId } from '#platform/id.ts';
import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { type AccountRow, lockAccount } from '../accounts/account.ts';
import { accounts, emailLinks, type LinkPurpose } from '../tables.ts';

/**
 * Makes a link for an account and voids the older of its purpose, but for links that undo: a thief who changes the address
 * once more would void the owner's. What is stored is no credential: the token is minted
 * out of the row, with the keys, when the mail is written. Within the caller's transaction.
 * @returns the link's id.
 */
export async function issueLink(
  ctx: Ctx,
  link: { accountId: string; purpose: LinkPurpose; email: string; previousEmail?: string; sessionId?: string },
): Promise<string> {
  const id = newId();
  await lockAccount(ctx, link.accountId);
  if (link.purpose !== 'undo-email-change') {
    await voidUnused(ctx, link.accountId, eq(emailLinks.purpose, link.purpose));
  }
  await ctx.db.insert(emailLinks).values({
    id,
    ...link,
    expiresAt: sql`now() + make_interval(secs => ${emailLifetimeS(link.purpose)})`,
  });
  return id;
}

export type OpenLink = {
  id: string;
  purpose: LinkPurpose;
  email: string;
  previousEmail: string | null;
  sessionId: string | null;
  createdAt: string;
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

/**
 * Voids what waits for its use, so that whoever holds a link to the account can do no more with it. Links that undo an earlier
 * change than `except` stay: the first owner's claim is the oldest. Within the caller's transaction, under the account's lock.
 */
export async function voidLinks(ctx: Ctx, accountId: string, except: { olderUndosThan: OpenLink }): Promise<void> {
  const { createdAt } = except.olderUndosThan;
  const isOlderUndo = and(eq(emailLinks.purpose, 'undo-email-change'), lt(emailLinks.createdAt, createdAt));
  await voidUnused(ctx, accountId, sql`NOT (${isOlderUndo})`);
}

/**
 * Voids what was mailed to an address that no longer counts, but for links that undo: who goes on reading that mailbox may undo, and do nothing
 * else. Within the caller's transaction, under the account's lock.
 */
export async function voidMailed(ctx: Ctx, accountId: string): Promise<void> {
  await voidUnused(ctx, accountId, ne(emailLinks.purpose, 'undo-email-change'));
}

/**
 * Voids what was asked for with a password that no longer counts. Not a link to a new password: who has the mailbox goes before who has the
 * password. Within the caller's transaction, under the account's lock.
 */
export async function voidAskedWithPassword(ctx: Ctx, accountId: string): Promise<void> {
  await voidUnused(ctx, accountId, inArray(emailLinks.purpose, ['confirm-email', 'confirm-deletion']));
}

async function voidUnused(ctx: Ctx, accountId: string, which: SQL): Promise<void> {
  await ctx.db
    .update(emailLinks)
    .set({ usedAt: sql`now()` })
    .where(and(eq(emailLinks.accountId, accountId), isNull(emailLinks.usedAt), which));
}

/**
 * The link that still undoes an account's change away from this address, or null. Until it is used or too old, nobody else gets
 * the address, or a thief could block the way back. Ask after having looked for an account: a change at the same moment is then
 * seen by the one or the other.
 */
export async function findAddressKeeper(
  ctx: Ctx,
  email: string,
  { notOf }: { notOf?: string } = {},
): Promise<{ linkId: string } | null> {
  const [kept] = await ctx.db
    .select({ linkId: emailLinks.id })
    .from(emailLinks)
    .where(
      and(
        eq(emailLinks.email, email),
        eq(emailLinks.purpose, 'undo-email-change'),
        isUsable,
        notOf === undefined ? undefined : ne(emailLinks.accountId, notOf),
      ),
    )
    .limit(1);
  return kept ?? null;
}

/** The mails with links that an account was sent and that are still kept, used ones too: for its owner's export. */
export async function linksAbout(ctx: Ctx, accountId: string) {
  const { purpose, email, createdAt, expiresAt, usedAt } = emailLinks;
  return ctx.db
    .select({ purpose, email, createdAt, expiresAt, usedAt })
    .from(emailLinks)
    .where(eq(emailLinks.accountId, accountId))
    .orderBy(asc(createdAt));
}

const isUsable = and(isNull(emailLinks.usedAt), sql`${emailLinks.expiresAt} > now()`);

export function invalidToken(): Problem {
  return new Problem('invalid-token', { detail: 'The link is used up, too old or not whole. Ask for a new one.' });
}

import type { verifyEmail as contract, InputOf, ReplyOf } from '@openward/contracts';
import { eq, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { accountView, lockAccount } from '../accounts/account.ts';
import { syncListing } from '../accounts/sync-listing.ts';
import { accounts } from '../tables.ts';
import { openLink, takeLink } from './email-link.ts';

/** @throws Problem 400 `invalid-token` for a used, stale or foreign one. */
export async function verifyEmail(ctx: Ctx, { token }: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const link = await openLink(ctx, token, ['verify-email']);
  return ctx.tx(async (ctx) => {
    // The account before the link, as whoever voids its links takes them.
    await lockAccount(ctx, link.account.id);
    await takeLink(ctx, link);
    await markVerified(ctx, link.account.id);
    return { account: accountView(await lockAccount(ctx, link.account.id)) };
  });
}

/** Who used a mailed link has shown that the address is theirs. Within the caller's transaction. */
export async function markVerified(ctx: Ctx, accountId: string): Promise<void> {
  await ctx.db
    .update(accounts)
    .set({ emailVerifiedAt: sql`coalesce(${accounts.emailVerifiedAt}, now())` })
    .where(eq(accounts.id, accountId));
  await syncListing(ctx, accountId);
  await audit(ctx, { action: 'account.email-verified', subjectType: 'account', subjectId: accountId });
}

import { and, eq, isNull, sql } from 'drizzle-orm';
import { notFound } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { eraseDoctor } from '#server/modules/doctors/index.ts';
import { lockAccount } from './account.ts';
import { endSessions } from './end-sessions.ts';
import { forgetFactors } from './factors.ts';
import { syncListing } from './sync-listing.ts';
import { accounts, emailLinks, patients } from './tables.ts';

/**
 * Erases what is personal of an account: the row stays, empty, so that records keep their author. Its address is free again,
 * its sessions end. Within the caller's transaction. @throws Problem 404 for one that is gone already.
 */
export async function eraseAccount(ctx: Ctx, accountId: string, reason: string): Promise<void> {
  const { account } = await lockAccount(ctx, accountId);
  if (account.deletedAt !== null) throw notFound();
  await forgetFactors(ctx, accountId);
  await ctx.db
    .update(accounts)
    .set({
      deletedAt: sql`now()`,
      email: null,
      fullName: null,
      passwordHash: null,
      country: null,
      city: null,
      region: null,
      addressLine: null,
      passkeyHandle: null,
    })
    .where(eq(accounts.id, accountId));
  await ctx.db
    .update(patients)
    .set({ birthDate: null, sex: null, phone: null, allergies: null })
    .where(eq(patients.accountId, accountId));
  await ctx.db
    .update(emailLinks)
    .set({ usedAt: sql`now()`, email: '' })
    .where(and(eq(emailLinks.accountId, accountId), isNull(emailLinks.usedAt)));
  if (account.role === 'doctor') await eraseDoctor(ctx, accountId);
  await syncListing(ctx, accountId);
  await endSessions(ctx, { accountId, because: 'deleted' });
  await audit(ctx, { action: 'account.deleted', subjectType: 'account', subjectId: accountId, details: { reason } });
}

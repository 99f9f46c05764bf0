import { eq, sql } from 'drizzle-orm';
import { dropIdempotencyKeysOf } from '#platform/http/idempotency.ts';
import { notFound } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { eraseComments, eraseDoctor } from '#server/modules/doctors/index.ts';
import { forgetFactors } from '../factors/factors.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { accounts, emailLinks, knownDevices, patients, sessions } from '../tables.ts';
import { lockAccount } from './account.ts';
import { forgetAppeals } from './appeals.ts';
import { syncListing } from './sync-listing.ts';

/**
 * Erases what is personal of an account: the row stays, empty, so that records keep their author. Its address is free again,
 * its sessions end. What a patient has said of their health is part of the record: it stays, locked (see `removeDueRecords`).
 * Within the caller's transaction. @throws Problem 404 for one that is gone already.
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
      language: 'en',
    })
    .where(eq(accounts.id, accountId));
  await ctx.db.update(patients).set({ phone: null, emergencyContact: null }).where(eq(patients.accountId, accountId));
  await ctx.db.delete(emailLinks).where(eq(emailLinks.accountId, accountId));
  await ctx.db.delete(knownDevices).where(eq(knownDevices.accountId, accountId));
  await forgetAppeals(ctx, accountId);
  await dropIdempotencyKeysOf(ctx, accountId);
  if (account.role === 'doctor') await eraseDoctor(ctx, accountId);
  if (account.role === 'patient') await eraseComments(ctx, accountId);
  await syncListing(ctx, accountId);
  await endSessions(ctx, { accountId, because: 'deleted' });
  await ctx.db.update(sessions).set({ ip: null, userAgent: null }).where(eq(sessions.accountId, accountId));
  await audit(ctx, { action: 'account.deleted', subjectType: 'account', subjectId: accountId, details: { reason } });
}

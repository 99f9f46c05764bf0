import type { InputOf, updateMe } from '@openward/contracts';
import { eq } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { sessionEnded } from '../sessions/refuse-session.ts';
import { accounts, patients } from '../tables.ts';
import { lockAccount } from './account.ts';
import { syncListing } from './sync-listing.ts';

type ProfileChanges = Pick<InputOf<typeof updateMe>, 'fullName' | 'address' | 'language' | 'patient'>;

const nowhere = { country: null, city: null, region: null, addressLine: null };

/**
 * Changes what people say of themselves; what is absent stays. Within the caller's transaction, under the account's lock: what a deletion has
 * erased does not come back. @throws Problem 401 `session-ended` when the account has been deleted meanwhile.
 */
export async function updateProfile(ctx: Ctx, accountId: string, changes: ProfileChanges): Promise<void> {
  const { fullName, address, language, patient } = changes;
  const { account } = await lockAccount(ctx, accountId);
  if (account.deletedAt !== null) throw sessionEnded();
  if (fullName !== undefined) await ctx.db.update(accounts).set({ fullName }).where(eq(accounts.id, accountId));
  if (language !== undefined) await ctx.db.update(accounts).set({ language }).where(eq(accounts.id, accountId));
  if (address !== undefined) {
    // An address is one thing: a new one replaces the old wholly.
    const { country, city, region = null, addressLine = null } = address ?? nowhere;
    await ctx.db.update(accounts).set({ country, city, region, addressLine }).where(eq(accounts.id, accountId));
  }
  if (fullName !== undefined || address !== undefined) await syncListing(ctx, accountId);
  const { emergencyContact: contact, ...words } = patient ?? {};
  const said = Object.fromEntries(
    Object.entries({
      ...words,
      // One thing, as an address is: a new one replaces the old wholly.
      emergencyContact: contact == null ? contact : { ...contact, relation: contact.relation ?? null },
    }).filter(([, value]) => value !== undefined),
  );
  if (Object.keys(said).length > 0) await ctx.db.update(patients).set(said).where(eq(patients.accountId, accountId));
}

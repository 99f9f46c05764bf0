import type { Ctx } from '#server/context.ts';
import { syncDoctor } from '#server/modules/doctors/index.ts';
import { type AccountWithBan, findAccount, nameOf, statusOf } from './account.ts';

/**
 * Tells the directory what it copies of an account: name, place, and whether the doctor is listed (approved, verified,
 * neither banned nor deleted). Called inside each transaction that changes one of these; does nothing for other roles.
 */
export async function syncListing(ctx: Ctx, accountId: string): Promise<void> {
  const found = await findAccount(ctx, accountId);
  if (found?.account.role !== 'doctor') return;
  const { account } = found;
  await syncDoctor(ctx, {
    accountId,
    fullName: nameOf(account),
    country: account.country,
    city: account.city,
    listed: isListed(found),
  });
}

function isListed(found: AccountWithBan): boolean {
  return statusOf(found) === 'active' && found.account.emailVerifiedAt !== null;
}

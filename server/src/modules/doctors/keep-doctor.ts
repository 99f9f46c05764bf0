import type { SpecialtyCode } from '@openward/contracts';
import { eq } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { scoreOf } from './score.ts';
import { doctors } from './tables.ts';

/** What the directory copies of an account, so that its list needs no join. */
export type Listing = {
  accountId: string;
  fullName: string;
  country: string | null;
  city: string | null;
  listed: boolean;
};

/** Enters a doctor into the directory. Within the transaction that makes the account. */
export async function createDoctor(
  ctx: Ctx,
  input: Listing & { specialty: SpecialtyCode; licenseNumber: string },
): Promise<void> {
  await ctx.db.insert(doctors).values({ ...input, score: scoreOf({ count: 0, sum: 0, sumOfSquares: 0 }) });
}

/** Renews the copies. Called by identity inside each transaction that changes one of them. */
export async function syncDoctor(ctx: Ctx, { accountId, ...listing }: Listing): Promise<void> {
  await ctx.db.update(doctors).set(listing).where(eq(doctors.accountId, accountId));
}

export type DoctorChanges = {
  bio?: string | null | undefined;
  experienceYears?: number | undefined;
  languages?: string[] | undefined;
  acceptingRequests?: boolean | undefined;
};

/** What doctors say of themselves. What is absent stays. */
export async function updateDoctorProfile(ctx: Ctx, accountId: string, changes: DoctorChanges): Promise<void> {
  const { languages, ...rest } = changes;
  const set = { ...rest, ...(languages === undefined ? {} : { languages: languages.map((tag) => tag.toLowerCase()) }) };
  if (Object.values(set).every((value) => value === undefined)) return;
  await ctx.db
    .update(doctors)
    .set(set as Partial<typeof doctors.$inferInsert>)
    .where(eq(doctors.accountId, accountId));
}

/** Erases what is personal; the ratings stay, since they are the patients'. */
export async function eraseDoctor(ctx: Ctx, accountId: string): Promise<void> {
  await ctx.db
    .update(doctors)
    .set({ licenseNumber: '', bio: null, languages: [], acceptingRequests: false, listed: false })
    .where(eq(doctors.accountId, accountId));
}

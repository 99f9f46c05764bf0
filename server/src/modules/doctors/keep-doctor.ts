import type { SpecialtyCode } from '@openward/contracts';
import { eq } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import { answerWhenKnown } from '#platform/cache/answer-when-known.ts';
import type { Ctx } from '#server/context.ts';
import { eraseApprovals, openApproval } from './approvals/keep-approval.ts';
import { removeDocumentsOf } from './approvals/remove-document.ts';
import { doctors } from './tables.ts';
import { availabilityChanged } from './topics.ts';
import type { DoctorRow } from './view.ts';

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
  { approved, ...input }: Listing & { specialty: SpecialtyCode; licenseNumber: string; approved: boolean },
): Promise<void> {
  await ctx.db.insert(doctors).values(input);
  const { accountId: doctorId, specialty, licenseNumber } = input;
  if (!approved) await openApproval(ctx, { doctorId, kind: 'first', specialty, licenseNumber });
  if (!input.listed) return;
  announceAvailability(ctx, input);
  await answerWhenKnown(ctx);
}

/** Renews the copies. Called by identity inside each transaction that changes one of them. */
export async function syncDoctor(ctx: Ctx, { accountId, ...listing }: Listing): Promise<void> {
  await changeDoctor(ctx, accountId, listing);
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
  await changeDoctor(ctx, accountId, set as DoctorColumns);
}

/** What an admin approved a doctor as. Those who wait for the specialty that is left hear of it too. Within the transaction of the decision. */
export async function approveDoctorAs(
  ctx: Ctx,
  was: Pick<DoctorRow, 'accountId' | 'specialty'>,
  { specialty, licenseNumber }: { specialty: string; licenseNumber: string },
): Promise<void> {
  await changeDoctor(ctx, was.accountId, { specialty, licenseNumber });
  if (specialty === was.specialty) return;
  announceAvailability(ctx, was);
  announceAvailability(ctx, { ...was, specialty });
}

/** Erases what is personal; the ratings stay, since they are the patients'. */
export async function eraseDoctor(ctx: Ctx, accountId: string): Promise<void> {
  const nothing = { licenseNumber: '', bio: null, languages: [], acceptingRequests: false, listed: false };
  await changeDoctor(ctx, accountId, nothing);
  await eraseApprovals(ctx, accountId);
  await removeDocumentsOf(ctx, accountId);
}

type DoctorColumns = PgUpdateSetSource<typeof doctors>;

/**
 * Every change of a doctor's row goes this way: what copies there are of it is worthless from the commit on, and the change is answered
 * when every node knows. Within the caller's transaction. @returns the row as it is now, or null.
 */
export async function changeDoctor(ctx: Ctx, accountId: string, set: DoctorColumns): Promise<DoctorRow | null> {
  const [row] = await ctx.db.update(doctors).set(set).where(eq(doctors.accountId, accountId)).returning();
  if (row !== undefined && ('listed' in set || 'acceptingRequests' in set)) announceAvailability(ctx, row);
  await answerWhenKnown(ctx);
  return row ?? null;
}

function announceAvailability(ctx: Ctx, { accountId, specialty }: { accountId: string; specialty: string }): void {
  ctx.afterCommit(() => ctx.bus.publish(availabilityChanged, { doctorId: accountId, specialty }, ctx.origin.trace));
}

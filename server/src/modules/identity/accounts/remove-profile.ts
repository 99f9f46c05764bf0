import { and, asc, eq, gt, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { accounts, patients } from '../tables.ts';

/** Whether the record of a deleted patient has been kept for RETENTION_YEARS, by the database's clock. */
function isDue({ config }: Ctx): SQL | undefined {
  return and(
    eq(accounts.role, 'patient'),
    isNull(accounts.recordRemovedAt),
    sql`${accounts.deletedAt} <= now() - make_interval(years => ${config.retentionYears}::integer)`,
  );
}

/** Patients whose record is due, by id from `after` on. */
export async function findDueRecords(ctx: Ctx, page: { after: string | null; limit: number }): Promise<string[]> {
  const rows = await ctx.db
    .select({ id: accounts.id })
    .from(accounts)
    .where(and(isDue(ctx), page.after === null ? undefined : gt(accounts.id, page.after)))
    .orderBy(asc(accounts.id))
    .limit(page.limit);
  return rows.map(({ id }) => id);
}

/**
 * Takes a due record to remove it, and removes what the patient had said of their health. Within the caller's transaction, which
 * removes the rest: of two workers at once one takes it.
 * @returns false when it is not due, or was removed already.
 */
export async function takeDueRecord(ctx: Ctx, accountId: string): Promise<boolean> {
  return removeProfile(ctx, and(eq(accounts.id, accountId), isDue(ctx)));
}

/** Of a deleted patient who never asked for care there is no record to keep: what they said of themselves goes at once. */
export async function removeUnusedProfile(ctx: Ctx, accountId: string): Promise<void> {
  await removeProfile(ctx, and(eq(accounts.id, accountId), isNotNull(accounts.deletedAt)));
}

async function removeProfile(ctx: Ctx, which: SQL | undefined): Promise<boolean> {
  const [taken] = await ctx.db
    .update(accounts)
    .set({ recordRemovedAt: sql`now()` })
    .where(which)
    .returning({ id: accounts.id });
  if (taken === undefined) return false;
  await ctx.db
    .update(patients)
    .set({
      birthDate: null,
      sex: null,
      phone: null,
      allergies: null,
      medication: null,
      conditions: null,
      emergencyContact: null,
    })
    .where(eq(patients.accountId, taken.id));
  return true;
}

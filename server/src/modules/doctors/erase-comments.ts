import { and, eq, isNotNull } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { ratings } from './tables.ts';

/** Takes a patient's comments off the doctors' pages, where anybody reads them. The stars stay: they name nobody. */
export async function eraseComments(ctx: Ctx, patientId: string): Promise<void> {
  await ctx.db
    .update(ratings)
    .set({ comment: null })
    .where(and(eq(ratings.patientId, patientId), isNotNull(ratings.comment)));
}

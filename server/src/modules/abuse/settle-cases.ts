import { and, asc, eq, isNotNull, isNull, lte, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { type CaseRow, casesChanged, phaseBelow, phaseOf } from './cases.ts';
import { mailAdmins } from './mail-admins.ts';
import { recordStep } from './record-step.ts';
import { findRule } from './rules.ts';
import { abuseCases } from './tables.ts';

const batchSize = 100;
const addressDays = 30;

/**
 * Takes the cases whose time is over one step down, or ends them, by the ctx's clock. However many workers run it, each step is
 * taken, and written down, once.
 * @returns how many steps were taken.
 */
export async function settleCases(ctx: Ctx): Promise<number> {
  let taken = 0;
  for (;;) {
    const steps = await ctx.tx(settleSome);
    taken += steps;
    if (steps === 0) break;
  }
  await ctx.tx(mailAdmins);
  return taken;
}

async function settleSome(ctx: Ctx): Promise<number> {
  const due = await ctx.db
    .select()
    .from(abuseCases)
    .where(and(isNull(abuseCases.endedAt), lte(abuseCases.until, ctx.clock.now().toISOString())))
    .orderBy(asc(abuseCases.until))
    .limit(batchSize)
    .for('update', { skipLocked: true });
  for (const row of due) await settle(ctx, row);
  if (due.length > 0) ctx.afterCommit(() => ctx.bus.publish(casesChanged, {}));
  return due.length;
}

/** Takes a case whose time is over one step down, or ends it. Within the caller's transaction, which has locked the row. */
export async function settle(ctx: Ctx, row: CaseRow): Promise<CaseRow> {
  const rule = findRule(row.rule);
  const below = rule === undefined ? null : phaseBelow(rule, phaseOf(row));
  const change =
    below === null
      ? { endedAt: row.until }
      : { step: below.step, until: new Date(below.untilMs).toISOString(), changedAt: row.until };
  await ctx.db.update(abuseCases).set(change).where(eq(abuseCases.id, row.id));
  const settled = { ...row, ...change };
  await recordStep(ctx, settled, { from: row.step, direction: below === null ? 'ended' : 'down' });
  return settled;
}

/** Addresses of people are kept only as long as an admin may have to judge: 30 days from the end of their case. */
export async function removeOldSubjects(ctx: Ctx): Promise<void> {
  const before = new Date(ctx.clock.now().getTime() - addressDays * 86_400_000).toISOString();
  await ctx.db
    .update(abuseCases)
    .set({ subject: null })
    .where(
      and(sql`${abuseCases.subjectType} <> 'account'`, isNotNull(abuseCases.subject), lte(abuseCases.endedAt, before)),
    );
}

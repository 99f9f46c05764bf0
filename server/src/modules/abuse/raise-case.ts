import type { AbuseCase } from '@openward/contracts';
import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import { newId } from '#platform/id.ts';
import { job } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { type CaseRow, casesChanged, type Phase, phaseAt, phaseOf, type Subject, stepAbove } from './cases.ts';
import { mailAdmins } from './mail-admins.ts';
import { recordStep } from './record-step.ts';
import type { Rule } from './rules.ts';
import { abuseCases } from './tables.ts';

/** Runs when the time of a step is over. */
export const settleJob = job<{ caseId: string }>('abuse.settle');

/**
 * One step up, if the score is high enough for it: the case is opened, or goes on. Of all nodes that find so at once one does it.
 * @returns the case as it is now; null where there is none to open, because the score is too low or an admin trusts the subject.
 */
export async function raiseCase(
  ctx: Ctx,
  rule: Rule,
  subject: Subject,
  { score, evidence }: Pick<AbuseCase, 'score' | 'evidence'>,
): Promise<CaseRow | null> {
  return ctx.tx(async (ctx) => {
    const now = ctx.clock.now();
    await lockSubject(ctx, rule, subject);
    const open = await findCase(ctx, rule, subject, isNull(abuseCases.endedAt));
    const trusted = await findCase(ctx, rule, subject, gt(abuseCases.trustedUntil, now.toISOString()));
    if (trusted !== undefined) return trusted;
    const phase = open === undefined ? null : phaseAt(rule, phaseOf(open), now.getTime());
    const step = stepAbove(rule, phase?.step ?? null);
    const next = step === null ? undefined : rule.steps[step];
    if (step === null || next === undefined || score < next.at) return open ?? null;
    const until = new Date(now.getTime() + next.lastsS * 1000).toISOString();
    const change = { step, until, score, evidence, changedAt: now.toISOString() };
    const raised = await store(ctx, rule, subject, change, { open, phase });
    await recordStep(ctx, raised, { from: phase?.step ?? null, direction: 'up' });
    await ctx.jobs.send(settleJob, { caseId: raised.id }, { startAfter: until });
    if (step === 'attention') await mailAdmins(ctx);
    ctx.afterCommit(() => ctx.bus.publish(casesChanged, {}));
    return raised;
  });
}

/** One after the other for each rule and subject, also where there is no row yet to lock. */
export async function lockSubject(ctx: Ctx, rule: { name: string }, subject: Subject): Promise<void> {
  const name = `abuse:${rule.name}:${subject.type}:${subject.id}`;
  await ctx.db.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`);
}

async function findCase(ctx: Ctx, rule: Rule, { type, id }: Subject, which: ReturnType<typeof isNull>) {
  const same = and(eq(abuseCases.rule, rule.name), eq(abuseCases.subjectType, type), eq(abuseCases.subject, id));
  const [row] = await ctx.db.select().from(abuseCases).where(and(same, which)).limit(1).for('update');
  return row;
}

type Change = Pick<CaseRow, 'step' | 'until' | 'score' | 'evidence' | 'changedAt'>;
type Before = { open: CaseRow | undefined; phase: Phase | null };

/** A case whose time was over before a worker looked is a case that ended: the new one is another. */
async function store(
  ctx: Ctx,
  rule: Rule,
  subject: Subject,
  change: Change,
  { open, phase }: Before,
): Promise<CaseRow> {
  if (open !== undefined && phase !== null) {
    const [row] = await ctx.db.update(abuseCases).set(change).where(eq(abuseCases.id, open.id)).returning();
    if (row !== undefined) return row;
  }
  if (open !== undefined) {
    await ctx.db.update(abuseCases).set({ endedAt: change.changedAt }).where(eq(abuseCases.id, open.id));
    await recordStep(ctx, open, { from: open.step, direction: 'ended' });
  }
  const [row] = await ctx.db
    .insert(abuseCases)
    .values({
      id: newId(),
      rule: rule.name,
      subjectType: subject.type,
      subject: subject.id,
      openedAt: change.changedAt,
      ...change,
    })
    .returning();
  if (row === undefined) throw new Error('The case was not stored.');
  return row;
}

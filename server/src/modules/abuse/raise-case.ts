import type { AbuseCase } from '@openward/contracts';
import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import { newId } from '#platform/id.ts';
import { job } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { type CaseRow, casesChanged, type Subject, stepAbove } from './cases.ts';
import { mailAdmins } from './mail-admins.ts';
import { recordStep } from './record-step.ts';
import type { Rule } from './rules.ts';
import { settle } from './settle-cases.ts';
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
    const trusted = await findCase(ctx, rule, subject, gt(abuseCases.trustedUntil, now.toISOString()));
    if (trusted !== undefined) return trusted;
    const open = await openCase(ctx, rule, subject);
    const step = stepAbove(rule, open?.step ?? null);
    const next = step === null ? undefined : rule.steps[step];
    if (step === null || next === undefined || score < next.at) return open;
    const until = new Date(now.getTime() + next.lastsS * 1000).toISOString();
    const change = { step, until, score, evidence, changedAt: now.toISOString() };
    const raised = await store(ctx, rule, subject, change, open);
    await recordStep(ctx, raised, { from: open?.step ?? null, direction: 'up' });
    await ctx.jobs.send(settleJob, { caseId: raised.id }, { startAfter: until });
    if (step === 'attention') await mailAdmins(ctx);
    ctx.afterCommit(() => ctx.bus.publish(casesChanged, {}));
    return raised;
  });
}

/** One after the other for each rule and subject, also where there is no row yet to lock. */
async function lockSubject(ctx: Ctx, rule: Rule, subject: Subject): Promise<void> {
  const name = `abuse:${rule.name}:${subject.type}:${subject.id}`;
  await ctx.db.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`);
}

async function findCase(ctx: Ctx, rule: Rule, { type, id }: Subject, which: ReturnType<typeof isNull>) {
  const same = and(eq(abuseCases.rule, rule.name), eq(abuseCases.subjectType, type), eq(abuseCases.subject, id));
  const [row] = await ctx.db.select().from(abuseCases).where(and(same, which)).limit(1).for('update');
  return row;
}

/** The open case, where it is at this time: what no worker has written down yet is written down first. Null: it has ended. */
async function openCase(ctx: Ctx, rule: Rule, subject: Subject): Promise<CaseRow | null> {
  let open = await findCase(ctx, rule, subject, isNull(abuseCases.endedAt));
  const nowMs = ctx.clock.now().getTime();
  while (open !== undefined && open.endedAt === null && Date.parse(open.until) <= nowMs) open = await settle(ctx, open);
  return open === undefined || open.endedAt !== null ? null : open;
}

type Change = Pick<CaseRow, 'step' | 'until' | 'score' | 'evidence' | 'changedAt'>;

async function store(ctx: Ctx, rule: Rule, subject: Subject, change: Change, open: CaseRow | null): Promise<CaseRow> {
  if (open !== null) {
    await ctx.db.update(abuseCases).set(change).where(eq(abuseCases.id, open.id));
    return { ...open, ...change };
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

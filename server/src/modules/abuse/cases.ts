import { type AbuseCase, type AbuseStep, type AbuseSubject, abuseSteps } from '@openward/contracts';
import { eq } from 'drizzle-orm';
import { topic } from '#platform/bus/bus.ts';
import type { Ctx } from '#server/context.ts';
import { findRule, type Rule } from './rules.ts';
import { abuseCases } from './tables.ts';

export type CaseRow = typeof abuseCases.$inferSelect;

/** Whom a case is about. */
export type Subject = { readonly type: AbuseSubject; readonly id: string };

/** One word for a subject, for maps and bindings. */
export function keyOf({ type, id }: Subject): string {
  return `${type}:${id}`;
}

/** Some case has changed: nodes read them again. One that was lifted they drop before they have. */
export const casesChanged = topic<{ lifted?: string }>('abuse.cases-changed');

/** How long a subject is left alone by a rule whose case an admin has lifted. */
export const trustMs = 24 * 3_600_000;

export type Phase = { step: AbuseStep; untilMs: number };

/** The steps that a rule has, the mildest first. */
export function stepsOf(rule: Rule): readonly AbuseStep[] {
  let steps = stepsByRule.get(rule);
  if (steps === undefined) {
    steps = abuseSteps.filter((step) => rule.steps[step] !== undefined);
    stepsByRule.set(rule, steps);
  }
  return steps;
}

/** Asked of each signal. */
const stepsByRule = new WeakMap<Rule, readonly AbuseStep[]>();

/** The next step up, from none the first; null at the top. */
export function stepAbove(rule: Rule, step: AbuseStep | null): AbuseStep | null {
  const steps = stepsOf(rule);
  return steps[step === null ? 0 : steps.indexOf(step) + 1] ?? null;
}

/** The next step down with its own time, which begins where the other ends; null below the first. */
export function phaseBelow(rule: Rule, { step, untilMs }: Phase): Phase | null {
  const steps = stepsOf(rule);
  const below = steps[steps.indexOf(step) - 1];
  const lastsS = below === undefined ? undefined : rule.steps[below]?.lastsS;
  return below === undefined || lastsS === undefined ? null : { step: below, untilMs: untilMs + lastsS * 1000 };
}

/** Where a case is at a time, whether or not a worker has written it down yet; null: at its end. */
export function phaseAt(rule: Rule, phase: Phase, nowMs: number): Phase | null {
  let now: Phase | null = phase;
  while (now !== null && now.untilMs <= nowMs) now = phaseBelow(rule, now);
  return now;
}

/** What a step does: `attention` does what the one before it does, and nothing where there is none. */
export function effectOf(rule: Rule, step: AbuseStep): Exclude<AbuseStep, 'attention'> | null {
  if (step !== 'attention') return step;
  return (
    (stepsOf(rule).findLast((other) => other !== 'attention') as Exclude<AbuseStep, 'attention'> | undefined) ?? null
  );
}

export function phaseOf({ step, until }: Pick<CaseRow, 'step' | 'until'>): Phase {
  return { step, untilMs: Date.parse(until) };
}

export function caseView({ mailedAt: _, ...row }: CaseRow): AbuseCase {
  return { ...row, means: findRule(row.rule)?.means ?? 'A rule that is no more.' };
}

/** All that was ever held against an account, for its owner's export. */
export async function abuseCasesAbout(ctx: Ctx, accountId: string): Promise<AbuseCase[]> {
  const rows = await ctx.db.select().from(abuseCases).where(eq(abuseCases.subject, accountId));
  return rows.map(caseView);
}

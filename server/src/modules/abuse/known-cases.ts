import { desc, gt, isNull, or } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { type CaseRow, keyOf, type Phase, phaseAt, phaseOf, type Subject } from './cases.ts';
import { findRule, type Rule } from './rules.ts';
import { abuseCases } from './tables.ts';

/**
 * A case as a node knows it. The phase is that of the time of looking, whether or not a worker has written it down yet; null: the
 * case has ended, and an admin may trust the subject until `trustedUntilMs`.
 */
export type KnownCase = {
  readonly id: string;
  readonly rule: Rule;
  readonly subject: Subject;
  phase: Phase | null;
  readonly trustedUntilMs: number;
};

/** Beyond so many a node knows the newest: an attack from more addresses than that is none that cases can stop. */
const mostKnown = 20_000;

/** What a node knows of open cases and trust: a copy, read again at each change and every few seconds, so that a look costs nothing. */
export class KnownCases {
  #bySubject = new Map<string, KnownCase[]>();

  /** Undefined for the many against whom there is nothing. */
  of(subjectKey: string): readonly KnownCase[] | undefined {
    return this.#bySubject.get(subjectKey);
  }

  find(rule: Rule, subject: Subject): KnownCase | undefined {
    return this.of(keyOf(subject))?.find((known) => known.rule === rule);
  }

  /** @returns the cases that went down or ended since the last reading: what was counted for them is to be forgotten. */
  async read(ctx: Ctx): Promise<KnownCase[]> {
    const nowMs = ctx.clock.now().getTime();
    const rows = await ctx.db
      .select()
      .from(abuseCases)
      .where(or(isNull(abuseCases.endedAt), gt(abuseCases.trustedUntil, new Date(nowMs).toISOString())))
      .orderBy(desc(abuseCases.openedAt))
      .limit(mostKnown);
    const before = this.#bySubject;
    this.#bySubject = new Map();
    for (const row of rows) this.#add(row, nowMs);
    return [...before.values()].flat().filter((old) => this.#wentDown(old));
  }

  /** Brings a case to a time. @returns true when that took it down: what was counted for it is to be forgotten. */
  advance(known: KnownCase, nowMs: number): boolean {
    const before = known.phase;
    known.phase = before === null ? null : phaseAt(known.rule, before, nowMs);
    return before !== known.phase;
  }

  /** Nothing is held by this case any more. */
  drop(id: string): void {
    for (const known of [...this.#bySubject.values()].flat()) if (known.id === id) known.phase = null;
  }

  /** What this node has just decided or seen itself. */
  put(row: CaseRow, nowMs: number): void {
    if (row.subject === null) return;
    const key = keyOf({ type: row.subjectType, id: row.subject });
    this.#bySubject.set(key, this.#bySubject.get(key)?.filter(({ rule }) => rule.name !== row.rule) ?? []);
    this.#add(row, nowMs);
  }

  #add(row: CaseRow, nowMs: number): void {
    const rule = findRule(row.rule);
    if (rule === undefined || row.subject === null) return;
    const subject = { type: row.subjectType, id: row.subject };
    const phase = row.endedAt === null ? phaseAt(rule, phaseOf(row), nowMs) : null;
    const trustedUntilMs = row.trustedUntil === null ? 0 : Date.parse(row.trustedUntil);
    const known = { id: row.id, rule, subject, phase, trustedUntilMs };
    const key = keyOf(subject);
    this.#bySubject.set(key, [...(this.#bySubject.get(key) ?? []), known]);
  }

  #wentDown({ id, subject, phase }: KnownCase): boolean {
    if (phase === null) return false;
    const now = this.of(keyOf(subject))?.find((known) => known.id === id);
    return now === undefined || now.phase === null || isBelow(now.rule, now.phase, phase);
  }
}

function isBelow(rule: Rule, one: Phase, other: Phase): boolean {
  return (rule.steps[one.step]?.at ?? 0) < (rule.steps[other.step]?.at ?? 0);
}

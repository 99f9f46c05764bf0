import type { AbuseCase, liftAbuse as contract, InputOf } from '@openward/contracts';
import { eq } from 'drizzle-orm';
import { notFound, Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { holdActor, recordSecurityEvent } from '#server/modules/identity/index.ts';
import { casesChanged, caseView, trustMs } from './cases.ts';
import { abuseCases } from './tables.ts';

/**
 * Ends a case; for a day its rule leaves the subject alone.
 * @throws Problem 404, 409 `invalid-transition` for one that has ended.
 */
export async function liftCase(ctx: Ctx, { id, reason }: InputOf<typeof contract>): Promise<AbuseCase> {
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    const [row] = await ctx.db.select().from(abuseCases).where(eq(abuseCases.id, id)).for('update');
    if (row === undefined) throw notFound();
    if (row.endedAt !== null) throw new Problem('invalid-transition', { detail: 'This case has ended already.' });
    const now = ctx.clock.now();
    const trustedUntil = new Date(now.getTime() + trustMs).toISOString();
    const change = { endedAt: now.toISOString(), liftedBy: actorOf(ctx).accountId, liftReason: reason, trustedUntil };
    const [lifted] = await ctx.db.update(abuseCases).set(change).where(eq(abuseCases.id, id)).returning();
    if (lifted === undefined) throw new Error('The case was not stored.');
    const accountId = row.subjectType === 'account' ? row.subject : null;
    await audit(ctx, {
      action: 'abuse.lifted',
      subjectType: 'abuse-case',
      subjectId: id,
      ...(accountId === null ? {} : { ownerId: accountId }),
      details: { rule: row.rule, step: row.step, reason },
    });
    const details = { rule: row.rule, step: row.step, caseId: id };
    await recordSecurityEvent(ctx, { kind: 'abuse-lifted', accountId, details });
    ctx.afterCommit(() => {
      ctx.metrics.guard.stepped(row.rule, 'ended');
      ctx.bus.publish(casesChanged, { lifted: id });
    });
    return caseView(lifted);
  });
}

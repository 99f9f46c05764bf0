import type { AbuseStep } from '@openward/contracts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { recordSecurityEvent } from '#server/modules/identity/index.ts';
import type { CaseRow } from './cases.ts';

type Direction = 'up' | 'down' | 'ended';

const actions = { up: 'abuse.step-raised', down: 'abuse.step-lowered', ended: 'abuse.ended' } as const;

/**
 * Writes down a step, within the transaction that takes it: for the audit, the security events and the metrics. By the system, and
 * without the address: the audit is kept for ever, and the case, which has it, is not.
 */
export async function recordStep(
  ctx: Ctx,
  row: CaseRow,
  { from, direction }: { from: AbuseStep | null; direction: Direction },
): Promise<void> {
  const system = ctx.as(null, { requestId: ctx.origin.requestId, ip: null, userAgent: null });
  const accountId = row.subjectType === 'account' ? row.subject : null;
  const step = direction === 'ended' ? 'ended' : row.step;
  const details = { rule: row.rule, step, score: row.score };
  await audit(system, {
    action: actions[direction],
    subjectType: 'abuse-case',
    subjectId: row.id,
    ...(accountId === null ? {} : { ownerId: accountId }),
    details: { ...details, from },
  });
  await recordSecurityEvent(system, { kind: 'abuse-step', accountId, details: { ...details, caseId: row.id } });
  ctx.afterCommit(() => ctx.metrics.guard.stepped(row.rule, step));
}

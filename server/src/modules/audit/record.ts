import { newId } from '#platform/id.ts';
import type { Ctx } from '#server/context.ts';
import { auditLog } from './tables.ts';

export type AuditInput = {
  /** `subject.verb-in-the-past`, as `request.accepted`. */
  action: string;
  subjectType: 'account' | 'session' | 'request' | 'patient' | 'room' | 'ban' | 'mail' | 'audit';
  subjectId: string | null;
  /** Whose record it is about, where that is somebody else than the subject. */
  ownerId?: string;
  outcome?: 'ok' | 'denied';
  /** Ids, codes, counts. Never health text, never a name. */
  details?: Record<string, string | number | boolean | null>;
};

/**
 * The one place that writes audit: who (the ctx's actor), what, whose, from where. Inside a transaction it commits with
 * the change that it tells of.
 */
export async function audit(
  ctx: Ctx,
  { action, subjectType, subjectId, ownerId, outcome = 'ok', details = {} }: AuditInput,
): Promise<void> {
  await ctx.db.insert(auditLog).values({
    id: newId(),
    actorId: ctx.actor?.accountId ?? null,
    actorRole: ctx.actor?.role ?? null,
    action,
    subjectType,
    subjectId,
    ownerId: ownerId ?? null,
    ip: ctx.origin.ip,
    requestId: ctx.origin.requestId,
    outcome,
    details,
  });
}

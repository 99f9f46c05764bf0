import { sql } from 'drizzle-orm';
import { prepared } from '#platform/database/prepared.ts';
import { newId } from '#platform/id.ts';
import type { Ctx } from '#server/context.ts';
import { auditLog } from './tables.ts';

export type AuditInput = {
  /** `subject.verb-in-the-past`, as `request.accepted`. */
  action: string;
  subjectType:
    | 'account'
    | 'session'
    | 'stats'
    | 'request'
    | 'appointment'
    | 'hours'
    | 'patient'
    | 'room'
    | 'ban'
    | 'mail'
    | 'audit'
    | 'passkey'
    | 'abuse-case'
    | 'approval'
    | 'icd10';
  subjectId: string | null;
  /** Whose record it is about, where that is somebody else than the subject. */
  ownerId?: string;
  outcome?: 'ok' | 'denied';
  /** Ids, codes, counts. Never health text, never a name. */
  details?: Record<string, string | number | boolean | null>;
};

const place = sql.placeholder;
const insertEntry = prepared((db) =>
  db
    .insert(auditLog)
    .values({
      ...{ id: place('id'), actorId: place('actorId'), actorRole: place('actorRole'), action: place('action') },
      ...{ subjectType: place('subjectType'), subjectId: place('subjectId'), ownerId: place('ownerId') },
      ...{ ip: place('ip'), requestId: place('requestId'), outcome: place('outcome'), details: place('details') },
    })
    .prepare('audit_entry'),
);

/**
 * The one place that writes audit: who (the ctx's actor), what, whose, from where. Inside a transaction it commits with
 * the change that it tells of; a refusal stays although its transaction rolls back.
 */
export async function audit(ctx: Ctx, { ownerId, outcome = 'ok', details = {}, ...what }: AuditInput): Promise<void> {
  const entry = {
    id: newId(),
    actorId: ctx.actor?.accountId ?? null,
    actorRole: ctx.actor?.role ?? null,
    ...what,
    ownerId: ownerId ?? null,
    ip: ctx.origin.ip,
    requestId: ctx.origin.requestId,
    outcome,
    details,
  };
  const write = async ({ db }: Ctx) => void (await insertEntry(db).execute(entry));
  await (outcome === 'denied' ? ctx.afterTx(write) : write(ctx));
}

import { sql } from 'drizzle-orm';
import { gathered } from '#platform/database/gathered.ts';
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

/** As the columns are called. */
type Entry = { [column: string]: unknown };

const insertEntries = prepared((db) =>
  db
    .insert(auditLog)
    .select(
      sql`SELECT id, now(), actor_id, actor_role, action, subject_type, subject_id, owner_id, ip, request_id, outcome, details
        FROM json_to_recordset(${sql.placeholder('entries')}) AS entry (id uuid, actor_id uuid, actor_role text, action text,
          subject_type text, subject_id text, owner_id uuid, ip text, request_id text, outcome text, details jsonb)`,
    )
    .returning({ id: auditLog.id })
    .prepare('audit_entries'),
);

/** Those of one turn are one commit. */
const write = gathered(async (db, entries: readonly Entry[]) => {
  await insertEntries(db).execute({ entries: JSON.stringify(entries) });
  return entries.map(() => undefined);
});

/**
 * The one place that writes audit: who (the ctx's actor), what, whose, from where. Inside a transaction it commits with
 * the change that it tells of; a refusal stays although its transaction rolls back.
 */
export async function audit(
  ctx: Ctx,
  { action, subjectType, subjectId, ownerId, outcome = 'ok', details = {} }: AuditInput,
): Promise<void> {
  const entry = {
    id: newId(),
    actor_id: ctx.actor?.accountId,
    actor_role: ctx.actor?.role,
    action,
    subject_type: subjectType,
    subject_id: subjectId,
    owner_id: ownerId,
    ip: ctx.origin.ip,
    request_id: ctx.origin.requestId,
    outcome,
    details,
  };
  if (outcome === 'denied') await ctx.afterTx(({ db }) => write(db, entry));
  else await write(ctx.db, entry);
}

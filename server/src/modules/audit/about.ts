import { asc, eq, or } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { auditLog } from './tables.ts';

/** All entries that an account did, was the subject of, or owns the record of; the oldest first. */
export async function auditAbout(ctx: Ctx, accountId: string) {
  return ctx.db
    .select()
    .from(auditLog)
    .where(or(eq(auditLog.actorId, accountId), eq(auditLog.subjectId, accountId), eq(auditLog.ownerId, accountId)))
    .orderBy(asc(auditLog.at), asc(auditLog.id));
}

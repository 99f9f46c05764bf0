import { and, asc, eq, type SQL, sql } from 'drizzle-orm';
import { readPages } from '#platform/database/read-pages.ts';
import type { Ctx } from '#server/context.ts';
import { auditLog } from './tables.ts';

/**
 * All entries that an account did, was the subject of, or owns the record of; the oldest first. Each of the three by an index of
 * its own, and none twice. From where somebody else did it is theirs, and not told.
 */
export async function auditAbout(ctx: Ctx, accountId: string) {
  const did = eq(auditLog.actorId, accountId);
  const isSubject = eq(auditLog.subjectId, accountId);
  const byOthers = sql`${auditLog.actorId} IS DISTINCT FROM ${accountId}`;
  const notSubject = sql`${auditLog.subjectId} IS DISTINCT FROM ${accountId}`;
  const parts = [did, and(isSubject, byOthers), and(eq(auditLog.ownerId, accountId), byOthers, notSubject)];
  const entries = [];
  for (const part of parts) entries.push(...(await readEntries(ctx, part)));
  return entries
    .sort((a, b) => (a.at + a.id < b.at + b.id ? -1 : 1))
    .map((entry) =>
      entry.actorId === null || entry.actorId === accountId ? entry : { ...entry, ip: null, requestId: null },
    );
}

async function readEntries(ctx: Ctx, which: SQL | undefined) {
  return readPages<typeof auditLog.$inferSelect>((after, limit) =>
    ctx.db
      .select()
      .from(auditLog)
      .where(
        and(
          which,
          after === null
            ? undefined
            : sql`(${auditLog.at}, ${auditLog.id}) > (${after.at}::timestamptz, ${after.id}::uuid)`,
        ),
      )
      .orderBy(asc(auditLog.at), asc(auditLog.id))
      .limit(limit),
  );
}

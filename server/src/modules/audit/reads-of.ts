import { and, desc, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import type { Ctx } from '#server/context.ts';
import { auditLog } from './tables.ts';

/** One look of another at somebody's record. */
export type Read = Pick<typeof auditLog.$inferSelect, 'at' | 'action' | 'subjectType' | 'subjectId' | 'details'> & {
  readerId: string;
};

/** What counts as a look at a record. */
const looks = ['record.read', 'record.exported', 'room.read'];

/** Who else looked at a record, newest first: along the index of its owner. */
export async function readsOf(
  ctx: Ctx,
  ownerId: string,
  page: { limit?: number | undefined; cursor?: string | undefined },
): Promise<{ items: Read[]; nextCursor: string | null }> {
  const { limit = 20 } = page;
  const after = decodeCursor(page.cursor, ['time', 'id']);
  const rows = await ctx.reading((ctx) =>
    ctx.db
      .select()
      .from(auditLog)
      .where(
        and(
          eq(auditLog.ownerId, ownerId),
          isNotNull(auditLog.actorId),
          sql`${auditLog.actorId} <> ${ownerId}`,
          inArray(auditLog.action, looks),
          eq(auditLog.outcome, 'ok'),
          after === null
            ? undefined
            : sql`(${auditLog.at}, ${auditLog.id}) < (${after[0]}::timestamptz, ${after[1]}::uuid)`,
        ),
      )
      .orderBy(desc(auditLog.at), desc(auditLog.id))
      .limit(limit + 1),
  );
  return toPage(
    rows,
    limit,
    (row) => [row.at, row.id],
    ({ at, action, subjectType, subjectId, details, actorId }) => ({
      ...{ at, action, subjectType, subjectId, details },
      readerId: actorId ?? '',
    }),
  );
}

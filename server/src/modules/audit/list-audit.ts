import type { listAudit as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, desc, eq, gte, lt, sql } from 'drizzle-orm';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from './record.ts';
import { auditLog } from './tables.ts';

/** The audit, newest first. Looking at it is itself written down. */
export async function listAudit(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { actorId, subjectId, action, from, to, limit = 20 } = input;
  const after = decodeCursor(input.cursor, ['time', 'id']);
  const rows = await ctx.reading((ctx) =>
    ctx.db
      .select()
      .from(auditLog)
      .where(
        and(
          actorId === undefined ? undefined : eq(auditLog.actorId, actorId),
          subjectId === undefined ? undefined : eq(auditLog.subjectId, subjectId),
          action === undefined ? undefined : eq(auditLog.action, action),
          from === undefined ? undefined : gte(auditLog.at, from),
          to === undefined ? undefined : lt(auditLog.at, to),
          after === null
            ? undefined
            : sql`(${auditLog.at}, ${auditLog.id}) < (${after[0]}::timestamptz, ${after[1]}::uuid)`,
        ),
      )
      .orderBy(desc(auditLog.at), desc(auditLog.id))
      .limit(limit + 1),
  );
  await audit(ctx, { action: 'audit.read', subjectType: 'audit', subjectId: subjectId ?? null });
  return toPage(
    rows,
    limit,
    (row) => [row.at, row.id],
    ({ ownerId: _, ...entry }) => entry,
  );
}

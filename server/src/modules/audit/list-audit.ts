import type { listAudit as contract, InputOf, ReplyOf } from '@openward/contracts';
import { desc, eq, gte, inArray, lt, sql } from 'drizzle-orm';
import { decodeCursor, encodeCursor } from '#platform/database/cursor.ts';
import { walkNewest } from '#platform/database/walk-newest.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from './record.ts';
import { auditLog } from './tables.ts';

/** So many entries are looked at for one page. With one filter each of them fits; two have no index in common. */
const steps = 10_000;

/**
 * The audit, newest first. Looking at it is itself written down. A page may be short, where few entries fit two filters: `nextCursor` says whether there
 * is more.
 */
export async function listAudit(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { actorId, subjectId, action, from, to, limit = 20 } = input;
  const { at, id } = auditLog;
  // Along the index of what has the fewest entries, as a rule; the one of all takes this condition.
  const [first = inArray(auditLog.outcome, ['ok', 'denied']), ...fits] = [
    subjectId === undefined ? undefined : eq(auditLog.subjectId, subjectId),
    actorId === undefined ? undefined : eq(auditLog.actorId, actorId),
    action === undefined ? undefined : eq(auditLog.action, action),
  ].filter((condition) => condition !== undefined);
  const path = [first, from === undefined ? undefined : gte(at, from), to === undefined ? undefined : lt(at, to)];
  const walk = { table: auditLog, at, id, path, fits, after: decodeCursor(input.cursor, ['time', 'id']) };
  const { rows, stoppedAt } = await ctx.reading(async ({ db }) => {
    const { ids, stoppedAt } = await walkNewest(db, walk, { limit: limit + 1, steps });
    const those = sql`${id} = ANY(${sql.param(ids)}::uuid[])`;
    return { rows: await db.select().from(auditLog).where(those).orderBy(desc(at), desc(id)), stoppedAt };
  });
  await audit(ctx, { action: 'audit.read', subjectType: 'audit', subjectId: subjectId ?? null });
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const end = rows.length > limit && last !== undefined ? [last.at, last.id] : stoppedAt;
  return { items: items.map(({ ownerId: _, ...entry }) => entry), nextCursor: end === null ? null : encodeCursor(end) };
}

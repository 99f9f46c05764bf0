import type { listAbuse as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, desc, isNotNull, isNull, sql } from 'drizzle-orm';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import type { Ctx } from '#server/context.ts';
import { caseView } from './cases.ts';
import { abuseCases } from './tables.ts';

/** Cases, newest first. */
export async function listCases(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { state = 'open', limit = 20 } = input;
  const after = decodeCursor(input.cursor, ['time', 'id']);
  const rows = await ctx.reading((ctx) =>
    ctx.db
      .select()
      .from(abuseCases)
      .where(
        and(
          (state === 'open' ? isNull : isNotNull)(abuseCases.endedAt),
          after === null
            ? undefined
            : sql`(${abuseCases.openedAt}, ${abuseCases.id}) < (${after[0]}::timestamptz, ${after[1]}::uuid)`,
        ),
      )
      .orderBy(desc(abuseCases.openedAt), desc(abuseCases.id))
      .limit(limit + 1),
  );
  return toPage(rows, limit, (row) => [row.openedAt, row.id], caseView);
}

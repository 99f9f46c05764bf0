import type { listMessages as contract, InputOf, ReplyOf } from '@openward/contracts';
import { invalidField } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { auditReading, roomFor } from './access.ts';
import { changesOf } from './list-changes.ts';
import { readMessages } from './read-messages.ts';

/**
 * History: `after` a seq oldest first, `before` one newest first, without either the newest. `headSeq` is at least the last
 * of what is shown.
 * @throws Problem 404, 400 for both at once. Reading is written into the audit.
 */
export async function listMessages(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { id, after, before, limit = 20 } = input;
  if (after !== undefined && before !== undefined) {
    throw invalidField('before', 'exclusive', 'Ask for after or for before, not for both.');
  }
  const room = await roomFor(ctx, id);
  const range =
    after !== undefined ? [after + 1, after + limit] : newest(Math.min(before ?? Infinity, room.lastSeq + 1), limit);
  const [fromSeq = 1, toSeq = 0] = range;
  const rows = fromSeq > toSeq ? [] : await readMessages(ctx, { roomId: id, fromSeq, toSeq });
  await auditReading(ctx, room, { fromSeq, toSeq: rows.at(-1)?.seq ?? fromSeq - 1 });
  const headSeq = Math.max(room.lastSeq, rows.at(-1)?.seq ?? 0);
  const items = rows.map(({ roomVersion: _, ...message }) => message);
  return { items: after === undefined ? items.reverse() : items, headSeq, ...changesOf(room.changeSeq) };
}

function newest(before: number, limit: number): [fromSeq: number, toSeq: number] {
  return [Math.max(1, before - limit), before - 1];
}

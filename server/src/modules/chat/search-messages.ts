import { setImmediate as nextTurn } from 'node:timers/promises';
import type { searchMessages as contract, InputOf, ReplyOf } from '@openward/contracts';
import { decodeCursor, encodeCursor } from '#platform/database/cursor.ts';
import { invalidField } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { messageLimits } from '#server/limits.ts';
import { auditReading, roomFor } from './access.ts';
import { readTexts, readThese, type Texts } from './read-messages.ts';

const chunk = 1000;
/** For so long one call begins to look at more. The cursor goes on from there. */
const patienceMs = 50;

/**
 * Messages of a room that hold every word, newest first. The room is read from its end and compared here rather than in the database:
 * no index has to be written with each message, and none has to know text that will be encrypted.
 * Text that was retracted is not there to be found; edited text is found as it is now.
 * @throws Problem 404, 400 for a cursor of another list. Searching is written into the audit, the words are not.
 */
export async function searchMessages(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { id, q, limit = 20, cursor } = input;
  const room = await roomFor(ctx, id);
  const words = folded(q)
    .split(/\s+/)
    .filter((word) => word !== '');
  const from = Math.min(startOf(cursor) ?? room.lastSeq, room.lastSeq);
  const found: number[] = [];
  let next = from;
  const startedAtMs = performance.now();
  const hasTime = () => performance.now() - startedAtMs < patienceMs;
  while (
    next > 0 &&
    found.length < limit &&
    from - next < messageLimits.searchedPerCall &&
    (next === from || hasTime())
  ) {
    const fromSeq = Math.max(1, next - chunk + 1);
    const rows = await readTexts(ctx, { roomId: id, fromSeq, toSeq: next });
    next = fromSeq - 1;
    for (const row of rows) {
      if (!holds(row, words)) continue;
      found.push(row.seq);
      if (found.length < limit) continue;
      next = row.seq - 1;
      break;
    }
    // Others have their turn between the pages of a long room.
    await nextTurn();
  }
  await auditReading(ctx, room, { searchedFrom: next + 1, searchedTo: from, found: found.length });
  const items = await readThese(ctx, id, found);
  return { items, nextCursor: next > 0 ? encodeCursor([next]) : null };
}

function startOf(cursor: string | undefined): number | null {
  const [seq = null] = decodeCursor(cursor, ['number']) ?? [];
  if (seq === null || (Number.isSafeInteger(seq) && seq > 0)) return seq;
  throw invalidField('cursor', 'format', 'Use the nextCursor of the page before, as it is.');
}

function holds({ text, attachments }: Texts, words: readonly string[]): boolean {
  if (text === null) return false;
  const content = folded([text, ...(attachments ?? []).map(({ name }) => name)].join('\n'));
  return words.every((word) => content.includes(word));
}

const ascii = /^[\x20-\x7e\s]*$/;

/** Capitals, accents and the forms of a letter made equal (Unicode TR 15, NFKD). */
function folded(text: string): string {
  if (ascii.test(text)) return text.toLowerCase();
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

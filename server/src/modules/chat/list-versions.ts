import type { listVersions as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, asc, eq } from 'drizzle-orm';
import type { Db } from '#platform/database/connect.ts';
import { notFound } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { auditReading, roomFor } from './access.ts';
import { messages, messageVersions } from './tables.ts';

/** What a message said before it was edited, oldest first; nothing for one that was not, or was retracted. @throws Problem 404. */
export async function listVersions(ctx: Ctx, { id, seq }: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const room = await roomFor(ctx, id);
  const [message] = await ctx.chatDb
    .select({ seq: messages.seq })
    .from(messages)
    .where(and(eq(messages.roomId, id), eq(messages.seq, seq)));
  if (message === undefined) throw notFound();
  await auditReading(ctx, room, { versionsOf: seq });
  const items = await ctx.chatDb
    .select({ text: messageVersions.text, writtenAt: messageVersions.writtenAt })
    .from(messageVersions)
    .where(and(eq(messageVersions.roomId, id), eq(messageVersions.seq, seq)))
    .orderBy(asc(messageVersions.version));
  return { items };
}

/** What was sent at first, or null for a message that was never edited. */
export async function originalText(db: Db, { roomId, seq }: { roomId: string; seq: number }): Promise<string | null> {
  const [first] = await db
    .select({ text: messageVersions.text })
    .from(messageVersions)
    .where(and(eq(messageVersions.roomId, roomId), eq(messageVersions.seq, seq), eq(messageVersions.version, 1)));
  return first?.text ?? null;
}

export async function dropVersions(ctx: Ctx, { roomId, seq }: { roomId: string; seq: number }): Promise<void> {
  await ctx.chatDb.delete(messageVersions).where(and(eq(messageVersions.roomId, roomId), eq(messageVersions.seq, seq)));
}

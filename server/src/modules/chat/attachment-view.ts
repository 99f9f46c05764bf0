import type { Attachment } from '@openward/contracts';
import { and, eq, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { attachments, messages, roomMembers } from './tables.ts';

type Row = typeof attachments.$inferSelect;

export function viewAttachment({ id, name, type, sizeBytes, width, height }: Row): Attachment {
  return { id, name, type, sizeBytes, ...(width === null || height === null ? {} : { width, height }) };
}

/** Where the bytes are. Both ids are the server's own. */
export function fileKey({ roomId, id }: Pick<Row, 'roomId' | 'id'>): string {
  return `${roomId}/${id}`;
}

/** The message that an attachment was taken for is there and names it. Of all rooms, or of one, which distributed tables are found by. */
export function isSent(roomId: string | typeof attachments.roomId = attachments.roomId): SQL<boolean> {
  return sql<boolean>`EXISTS (
    SELECT 1 FROM ${messages} AS sent
    WHERE sent.room_id = ${roomId} AND sent.sender_id = ${attachments.uploaderId}
      AND sent.client_id = ${attachments.clientId}
      AND sent.attachments @> jsonb_build_array(jsonb_build_object('id', ${attachments.id})))`;
}

/**
 * An attachment as somebody may see it at this moment: in the room, and the file sent, or their own. Null for all else.
 * `role` is the one that they have in the room.
 */
export async function findAttachment(ctx: Ctx, asked: { roomId: string; id: string; accountId: string }) {
  const [found] = await ctx.chatDb
    .select({ row: attachments, role: roomMembers.role })
    .from(attachments)
    .innerJoin(roomMembers, eq(roomMembers.roomId, attachments.roomId))
    .where(
      and(
        eq(attachments.roomId, asked.roomId),
        eq(attachments.id, asked.id),
        isNotNull(attachments.storedAt),
        isNull(attachments.removedAt),
        eq(roomMembers.roomId, asked.roomId),
        eq(roomMembers.accountId, asked.accountId),
        isNull(roomMembers.leftAt),
        or(eq(attachments.uploaderId, asked.accountId), isSent(asked.roomId)),
      ),
    );
  return found ?? null;
}

import type { getRoom as contract, InputOf, ReplyOf } from '@openward/contracts';
import { notFound } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { auditReading, roomFor } from './access.ts';
import { viewRooms } from './view-rooms.ts';

/** @throws Problem 404 for a room that the caller is not in. It shows the newest message, so reading is written into the audit. */
export async function getRoom(ctx: Ctx, { id }: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const room = await roomFor(ctx, id);
  await auditReading(ctx, room);
  const [view] = await viewRooms(ctx, [id]);
  if (view === undefined) throw notFound();
  return view;
}

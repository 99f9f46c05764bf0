import type { listRecordReads as contract, InputOf, RecordRead, ReplyOf } from '@openward/contracts';
import { actorOf, type Ctx } from '#server/context.ts';
import { type Read, readsOf } from '#server/modules/audit/index.ts';
import { namesOf } from '#server/modules/identity/index.ts';

/** Who looked at the caller's record, when, and at what: out of the audit, so that nothing is seen that is not here. */
export async function listRecordReads(ctx: Ctx, page: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { items, nextCursor } = await readsOf(ctx, actorOf(ctx).accountId, page);
  const names = await namesOf(
    ctx,
    items.map(({ readerId }) => readerId),
  );
  return {
    items: items.map((read) => ({
      at: read.at,
      reader: { id: read.readerId, fullName: names.get(read.readerId) ?? '' },
      what: partOf(read),
      requestId: read.subjectType === 'patient' || read.subjectType === 'appointment' ? null : read.subjectId,
    })),
    nextCursor,
  };
}

/** A room has its request's id. */
function partOf({ action, subjectType, details }: Read): RecordRead['what'] {
  if (subjectType === 'appointment') return 'appointment';
  if (action === 'record.exported') return 'summary';
  if (action === 'room.read') return details['attachmentId'] === undefined ? 'conversation' : 'file';
  if (details['diagnosisId'] !== undefined) return 'diagnosis';
  if (subjectType === 'request') return 'request';
  return details['part'] === 'timeline' ? 'timeline' : 'profile';
}

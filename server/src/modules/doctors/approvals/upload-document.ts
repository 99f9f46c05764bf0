import {
  type ApprovalDocument,
  approvalDocumentsMax,
  approvalDocumentTypes,
  type uploadApprovalDocument as contract,
  type InputOf,
} from '@openward/contracts';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Staging } from '#platform/files/stage-file.ts';
import { takeIn } from '#platform/files/take-in.ts';
import type { Upload } from '#platform/http/route.ts';
import { refuseType } from '#platform/http/upload.ts';
import { newId } from '#platform/id.ts';
import { notFound, Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { approvalDocuments, doctors } from '../tables.ts';
import { lastDecisionOf } from './keep-approval.ts';
import { type DocumentRow, documentView, isNewSince } from './view-approval.ts';

/**
 * Takes a doctor's document in, as a file of a chat is taken in: the row first, so that what is interrupted leaves no bytes that nobody
 * knows of.
 * @throws Problem 403 for anyone but a doctor, 409 `too-many-documents`, 415, 400, 429.
 */
export async function uploadDocument(
  ctx: Ctx,
  { name, file }: InputOf<typeof contract> & { file: Upload },
): Promise<ApprovalDocument> {
  const { accountId, role } = actorOf(ctx);
  if (role !== 'doctor') throw new Problem('forbidden', { detail: 'Documents are handed in by doctors.' });
  const type = approvalDocumentTypes.find((known) => known === file.type);
  if (type === undefined) throw refuseType(approvalDocumentTypes);
  await ctx.limits.take('approval-document.account', accountId);
  const row = await reserve(ctx, accountId, { name, type, sizeBytes: file.sizeBytes });
  const staged: Staging[] = [];
  try {
    const { file: kept } = await takeIn(ctx.config.attachments.incomingDir, file, staged);
    await ctx.files.put(documentKey(row), kept);
    return documentView(await markStored(ctx, row, kept.sizeBytes));
  } catch (error) {
    // Should this fail too, the clean-up finds it.
    const removing = ctx.db
      .update(approvalDocuments)
      .set({ removedAt: sql`now()` })
      .where(eq(approvalDocuments.id, row.id));
    await removing.catch((err: unknown) => ctx.log.debug({ err }, 'a document is left to the clean-up'));
    throw error;
  } finally {
    for (const one of staged) await one[Symbol.asyncDispose]();
  }
}

/** Where the bytes are. Both ids are the server's own. */
export function documentKey({ doctorId, id }: Pick<DocumentRow, 'doctorId' | 'id'>): string {
  return `${doctorId}/${id}`;
}

/** Under the lock of the doctor's row, so that uploads at once do not pass the bound together. */
async function reserve(
  ctx: Ctx,
  doctorId: string,
  file: Pick<DocumentRow, 'name' | 'type' | 'sizeBytes'>,
): Promise<DocumentRow> {
  return ctx.tx(async (ctx) => {
    await ctx.db.select({ id: doctors.accountId }).from(doctors).where(eq(doctors.accountId, doctorId)).for('update');
    const last = await lastDecisionOf(ctx, doctorId);
    const there = await ctx.db
      .select()
      .from(approvalDocuments)
      .where(and(eq(approvalDocuments.doctorId, doctorId), isNull(approvalDocuments.removedAt)));
    if (there.filter((document) => isNewSince(document, last)).length >= approvalDocumentsMax) {
      throw new Problem('too-many-documents', {
        detail: `At most ${approvalDocumentsMax} documents wait for a decision. Remove one, then send this one again.`,
      });
    }
    const [row] = await ctx.db
      .insert(approvalDocuments)
      .values({ id: newId(), doctorId, ...file })
      .returning();
    if (row === undefined) throw new Error('The document was not stored.');
    return row;
  });
}

async function markStored(ctx: Ctx, { id }: DocumentRow, sizeBytes: number): Promise<DocumentRow> {
  return ctx.tx(async (ctx) => {
    const [row] = await ctx.db
      .update(approvalDocuments)
      .set({ storedAt: sql`now()`, sizeBytes })
      .where(and(eq(approvalDocuments.id, id), isNull(approvalDocuments.removedAt)))
      .returning();
    if (row === undefined) throw notFound();
    await audit(ctx, { action: 'approval.document-added', subjectType: 'approval', subjectId: id });
    return row;
  });
}

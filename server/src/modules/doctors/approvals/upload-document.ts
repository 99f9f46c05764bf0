import { type ApprovalDocument, approvalDocumentsMax } from '@openward/contracts';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Staging } from '#platform/files/stage-file.ts';
import { takeIn } from '#platform/files/take-in.ts';
import type { Upload } from '#platform/http/route.ts';
import { newId } from '#platform/id.ts';
import { notFound, Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { approvalDocuments } from '../tables.ts';
import { lastDecisionOf } from './keep-approval.ts';
import { type DocumentRow, documentView, isNewSince } from './view-approval.ts';

/**
 * Enters a document that is about to come: the row first, so that what is interrupted leaves no bytes that nobody knows of. Within the
 * caller's transaction, which holds the account: uploads at once do not pass the bound together.
 * @throws Problem 409 `too-many-documents`.
 */
export async function reserveDocument(
  ctx: Ctx,
  doctorId: string,
  file: Pick<DocumentRow, 'name' | 'type' | 'sizeBytes'>,
): Promise<DocumentRow> {
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
}

/** Takes the bytes of a document in, as a file of a chat is taken in. @throws Problem 404 for one that is gone by now, 415, 400. */
export async function storeDocument(ctx: Ctx, row: DocumentRow, file: Upload): Promise<ApprovalDocument> {
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

import type { openOwnDocument as contract, InputOf } from '@openward/contracts';
import { and, eq, type SQL } from 'drizzle-orm';
import type { Http } from '#platform/http/route.ts';
import { sendFile } from '#platform/http/send-file.ts';
import { notFound } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { approvalDocuments } from '../tables.ts';
import { documentKey } from './upload-document.ts';
import { isThere } from './view-approval.ts';

/** An own document. @throws Problem 404. */
export async function openOwnDocument(ctx: Ctx, input: InputOf<typeof contract>, http: Http): Promise<undefined> {
  await send(ctx, http, input.id, eq(approvalDocuments.doctorId, actorOf(ctx).accountId));
}

/** Any doctor's, for an admin. @throws Problem 404. */
export async function openApprovalDocument(ctx: Ctx, input: InputOf<typeof contract>, http: Http): Promise<undefined> {
  await send(ctx, http, input.id);
}

async function send(ctx: Ctx, http: Http, id: string, whose?: SQL): Promise<void> {
  const [row] = await ctx.db
    .select()
    .from(approvalDocuments)
    .where(and(eq(approvalDocuments.id, id), isThere, whose));
  const content = row === undefined ? null : await ctx.files.get(documentKey(row));
  if (row === undefined || content === null) {
    if (row !== undefined) ctx.log.error({ documentId: id }, 'the bytes of a document are missing');
    throw notFound();
  }
  await audit(ctx, { action: 'approval.document-read', subjectType: 'approval', subjectId: id, ownerId: row.doctorId });
  sendFile(http, content, row);
}

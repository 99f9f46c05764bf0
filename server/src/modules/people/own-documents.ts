import {
  type ApprovalDocument,
  approvalDocumentTypes,
  type InputOf,
  type removeApprovalDocument as removeContract,
  type uploadApprovalDocument as uploadContract,
} from '@openward/contracts';
import type { Upload } from '#platform/http/route.ts';
import { refuseType } from '#platform/http/upload.ts';
import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { removeDocument, reserveDocument, storeDocument } from '#server/modules/doctors/index.ts';
import { lockActor } from '#server/modules/identity/index.ts';

/**
 * Takes a document for the own approval in. Under the account's lock: once a deletion has erased what there was, nothing is added.
 * @throws Problem 403 for anyone but a doctor, 401 `session-ended`, 409 `too-many-documents`, 415, 400, 429.
 */
export async function uploadDocument(
  ctx: Ctx,
  { name, file }: InputOf<typeof uploadContract> & { file: Upload },
): Promise<ApprovalDocument> {
  const { accountId, role } = actorOf(ctx);
  if (role !== 'doctor') throw new Problem('forbidden', { detail: 'Documents are handed in by doctors.' });
  const type = approvalDocumentTypes.find((known) => known === file.type);
  if (type === undefined) throw refuseType(approvalDocumentTypes);
  await ctx.limits.take('approval-document.account', accountId);
  const row = await ctx.tx(async (ctx) => {
    await lockActor(ctx);
    return reserveDocument(ctx, accountId, { name, type, sizeBytes: file.sizeBytes });
  });
  return storeDocument(ctx, row, file);
}

/** Takes an own document back that nothing was decided on. @throws Problem 404, 401 `session-ended`, 409 `invalid-transition`. */
export async function removeOwnDocument(ctx: Ctx, { id }: InputOf<typeof removeContract>): Promise<undefined> {
  await ctx.tx(async (ctx) => {
    const { account } = await lockActor(ctx);
    await removeDocument(ctx, account.id, id);
  });
}

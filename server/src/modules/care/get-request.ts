import type { getRequest as contract, InputOf, ReplyOf } from '@openward/contracts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { requestFor } from './access.ts';
import { loadRequest } from './view.ts';

/** @throws Problem 404 for a request that the caller may not see. Reading is written into the audit. */
export async function getRequest(ctx: Ctx, { id }: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const row = await requestFor(ctx, id, 'see');
  await audit(ctx, { action: 'record.read', subjectType: 'request', subjectId: id, ownerId: row.patientId });
  return loadRequest(ctx, id);
}

import type { getRequest as contract, InputOf, ReplyOf } from '@openward/contracts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { preparedForRoles, refuse } from './access.ts';
import { selectRequests, viewForActor } from './view.ts';

const seen = preparedForRoles('see', (db, which, name) =>
  selectRequests({ db }).where(which).prepare(`request_${name}`),
);

/** @throws Problem 404 for a request that the caller may not see. Reading is written into the audit. */
export async function getRequest(ctx: Ctx, { id }: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const actor = actorOf(ctx);
  // Access and content in one statement: what most people do most.
  const [found] = await seen(ctx, actor).execute({ id, accountId: actor.accountId });
  if (found === undefined) return refuse(ctx, 'request', id);
  const { patientId } = found.request;
  await audit(ctx, { action: 'record.read', subjectType: 'request', subjectId: id, ownerId: patientId });
  return viewForActor(ctx, found);
}

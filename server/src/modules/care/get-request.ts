import type { getRequest as contract, InputOf, ReplyOf, Role } from '@openward/contracts';
import { and, eq, sql } from 'drizzle-orm';
import { gathered } from '#platform/database/gathered.ts';
import { prepared } from '#platform/database/prepared.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { refuse, seenBy } from './access.ts';
import { careRequests } from './tables.ts';
import { selectRequests, viewForActor } from './view.ts';

type Asked = { id: string; accountId: string };

const asked = sql`unnest(${sql.placeholder('ids')}::uuid[], ${sql.placeholder('accountIds')}::uuid[]) AS asked (id, account_id)`;
const asker = sql<string>`asked.account_id`;

/** Access and content in one statement, of all who ask in a turn: what most people do most. One for each role, since each may see others. */
const seenByRole = (role: Role) => {
  const seen = prepared((db) =>
    selectRequests({ db }, { asker })
      .innerJoin(asked, and(eq(careRequests.id, sql`asked.id`), seenBy({ role, accountId: asker })))
      .prepare(`requests_seen_by_${role}`),
  );
  return gathered(async (db, asked: readonly Asked[]) => {
    const [ids, accountIds] = [asked.map(({ id }) => id), asked.map(({ accountId }) => accountId)];
    const rows = await seen(db).execute({ ids, accountIds });
    const byAsker = new Map(rows.map((row) => [`${row.request.id} ${row.asker}`, row]));
    return asked.map(({ id, accountId }) => byAsker.get(`${id} ${accountId}`));
  });
};
const seen = { patient: seenByRole('patient'), doctor: seenByRole('doctor'), admin: seenByRole('admin') };

/** @throws Problem 404 for a request that the caller may not see. Reading is written into the audit. */
export async function getRequest(ctx: Ctx, { id }: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { accountId, role } = actorOf(ctx);
  const found = await seen[role](ctx.db, { id, accountId });
  if (found === undefined) return refuse(ctx, 'request', id);
  const { patientId } = found.request;
  await audit(ctx, { action: 'record.read', subjectType: 'request', subjectId: id, ownerId: patientId });
  return viewForActor(ctx, found);
}

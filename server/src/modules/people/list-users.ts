import type { listUsers as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, desc, eq, exists, gte, ilike, isNotNull, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import { escapeLike } from '#platform/database/escape-like.ts';
import type { Ctx } from '#server/context.ts';
import { doctors } from '#server/modules/doctors/index.ts';
import { accounts, accountView, banAppeals, banIsRunning, bans } from '#server/modules/identity/index.ts';

type Status = NonNullable<InputOf<typeof contract>['status']>;

const unapproved = and(eq(accounts.role, 'doctor'), isNull(accounts.approvedAt));

/** Each status as a condition, in the order in which `statusOf` decides. */
const ofStatus: Record<Status, SQL | undefined> = {
  deleted: isNotNull(accounts.deletedAt),
  banned: and(isNull(accounts.deletedAt), isNotNull(bans.id)),
  'pending-approval': and(isNull(accounts.deletedAt), isNull(bans.id), unapproved),
  active: and(isNull(accounts.deletedAt), isNull(bans.id), sql`NOT (${unapproved})`),
};

/** The accounts, newest first. */
export async function listUsers(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { role, status, q, specialty, createdFrom, createdTo, appeal, limit = 20 } = input;
  const after = decodeCursor(input.cursor, ['time', 'id']);
  const pattern = q === undefined ? undefined : `%${escapeLike(q.trim())}%`;
  const rows = await ctx.reading((ctx) =>
    ctx.db
      .select({ account: accounts, ban: bans })
      .from(accounts)
      .leftJoin(bans, and(eq(bans.accountId, accounts.id), banIsRunning))
      .where(
        and(
          role === undefined ? undefined : eq(accounts.role, role),
          status === undefined ? undefined : ofStatus[status],
          specialty === undefined ? undefined : exists(doctorOf(ctx, specialty)),
          createdFrom === undefined ? undefined : gte(accounts.createdAt, createdFrom),
          createdTo === undefined ? undefined : lt(accounts.createdAt, createdTo),
          appeal === undefined ? undefined : and(isNotNull(bans.id), exists(openAppeal(ctx))),
          pattern === undefined ? undefined : or(ilike(accounts.fullName, pattern), ilike(accounts.email, pattern)),
          after === null
            ? undefined
            : sql`(${accounts.createdAt}, ${accounts.id}) < (${after[0]}::timestamptz, ${after[1]}::uuid)`,
        ),
      )
      .orderBy(desc(accounts.createdAt), desc(accounts.id))
      .limit(limit + 1),
  );
  return toPage(rows, limit, ({ account }) => [account.createdAt, account.id], accountView);
}

function doctorOf(ctx: Ctx, specialty: string) {
  return ctx.db
    .select({ one: sql`1` })
    .from(doctors)
    .where(and(eq(doctors.accountId, accounts.id), eq(doctors.specialty, specialty)));
}

function openAppeal(ctx: Ctx) {
  return ctx.db
    .select({ one: sql`1` })
    .from(banAppeals)
    .where(and(eq(banAppeals.banId, bans.id), isNull(banAppeals.answeredAt)));
}

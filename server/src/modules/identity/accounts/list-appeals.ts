import type { AppealState, listAppeals as contract, InputOf, ListedAppeal, ReplyOf } from '@openward/contracts';
import { and, asc, desc, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import type { Ctx } from '#server/context.ts';
import { accounts, banAppeals, bans } from '../tables.ts';
import { type AccountRow, type BanRow, banIsRunning } from './account.ts';
import { type AppealRow, appealView } from './appeals.ts';

/** Each state as a condition. */
const ofState: Record<AppealState, SQL | undefined> = {
  open: and(isNull(banAppeals.answeredAt), banIsRunning),
  answered: isNotNull(banAppeals.answeredAt),
  over: and(isNull(banAppeals.answeredAt), sql`NOT (${banIsRunning})`),
};

/** What was said against bans: newest first, but those that wait longest first. */
export async function listAppeals(
  ctx: Ctx,
  { state, limit = 20, cursor }: InputOf<typeof contract>,
): Promise<ReplyOf<typeof contract>> {
  const after = decodeCursor(cursor, ['time', 'id']);
  const [order, compare] = state === 'open' ? [asc, sql`>`] : [desc, sql`<`];
  const rows = await ctx.reading((ctx) =>
    ctx.db
      .select({ appeal: banAppeals, ban: bans, account: accounts, isRunning: sql<boolean>`(${banIsRunning})` })
      .from(banAppeals)
      .innerJoin(bans, eq(bans.id, banAppeals.banId))
      .innerJoin(accounts, eq(accounts.id, bans.accountId))
      .where(
        and(
          state === undefined ? undefined : ofState[state],
          after === null
            ? undefined
            : sql`(${banAppeals.madeAt}, ${banAppeals.banId}) ${compare} (${after[0]}::timestamptz, ${after[1]}::uuid)`,
        ),
      )
      .orderBy(order(banAppeals.madeAt), order(banAppeals.banId))
      .limit(limit + 1),
  );
  return toPage(rows, limit, ({ appeal }) => [appeal.madeAt, appeal.banId], listedAppeal);
}

type Row = { appeal: AppealRow; ban: BanRow; account: AccountRow; isRunning: boolean };

function listedAppeal({ appeal, ban, account, isRunning }: Row): ListedAppeal {
  return {
    state: appeal.answeredAt !== null ? 'answered' : isRunning ? 'open' : 'over',
    account: { id: account.id, email: account.email, fullName: account.fullName, role: account.role },
    ban: { id: ban.id, reason: ban.reason, startsAt: ban.startsAt, until: ban.until, liftedAt: ban.liftedAt },
    appeal: appealView(appeal),
  };
}

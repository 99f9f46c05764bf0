import type { NoticeKind } from '@openward/contracts';
import { and, eq, exists, isNotNull, isNull, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { job } from '#platform/jobs/jobs.ts';
import { sendMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { togetherMail } from './mails/notification-mail.ts';
import { notifications } from './tables.ts';

/** Sent with each notice that is mailed together with others, for the moment when it is due. */
export const mailTogetherJob = job<{ accountId: string; kind: NoticeKind }>('notices.mail-together');

/** Of one mail: the count says the rest. */
const maxIds = 500;

/**
 * Once one of somebody's notices of a kind is due, all that wait become one mail, those that are due later too. However many workers run
 * it, each notice is in one mail: the statement takes it.
 */
export async function mailTogether(
  ctx: Ctx,
  { accountId, kind }: { accountId: string; kind: NoticeKind },
): Promise<void> {
  await ctx.tx(async (ctx) => {
    const due = alias(notifications, 'due');
    const taken = await ctx.db
      .update(notifications)
      .set({ mailedAt: sql`now()` })
      .where(
        and(
          eq(notifications.accountId, accountId),
          eq(notifications.kind, kind),
          isNotNull(notifications.mailDueAt),
          isNull(notifications.mailedAt),
          exists(
            ctx.db
              .select({ one: sql`1` })
              .from(due)
              .where(
                and(
                  eq(due.accountId, accountId),
                  eq(due.kind, kind),
                  isNull(due.mailedAt),
                  sql`${due.mailDueAt} <= now()`,
                ),
              ),
          ),
        ),
      )
      .returning({ id: notifications.id, readAt: notifications.readAt });
    const unread = taken.filter(({ readAt }) => readAt === null).map(({ id }) => id);
    if (unread.length > 0) await sendMail(ctx, togetherMail, { accountId, kind, ids: unread.slice(0, maxIds) });
  });
}

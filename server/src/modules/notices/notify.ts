import type { NoticeKind } from '@openward/contracts';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { newId } from '#platform/id.ts';
import { sendMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { accounts } from '#server/modules/identity/index.ts';
import { mailTogetherJob } from './mail-together.ts';
import { notificationMail } from './mails/notification-mail.ts';
import { pushNoticeJob } from './push-notice.ts';
import { noticeRules } from './rules.ts';
import { notificationPreferences, notifications, pushSubscriptions } from './tables.ts';

export type Notice = {
  accountId: string;
  kind: NoticeKind;
  requestId?: string;
  roomId?: string;
  /** Of the account that it is about, for admins. */
  userId?: string;
};

/**
 * Tells somebody that something happened: in the portal always, by mail and push as they want it. Within the caller's transaction:
 * it commits with what happened, and once. What it is about stays out of it; who may see that is asked where it is looked at.
 */
export async function notify(ctx: Ctx, { accountId, kind, ...about }: Notice): Promise<void> {
  await ctx.tx(async (ctx) => {
    const { togetherMinutes, ...rule } = noticeRules[kind];
    const wanted = await wantedChannels(ctx, accountId, kind, rule);
    if (wanted === null) return;
    const isMailedLater = wanted.mail && togetherMinutes !== undefined;
    const id = newId();
    const [row] = await ctx.db
      .insert(notifications)
      .values({
        id,
        accountId,
        kind,
        requestId: about.requestId ?? null,
        roomId: about.roomId ?? null,
        userId: about.userId ?? null,
        mailDueAt: isMailedLater ? sql`now() + make_interval(mins => ${togetherMinutes})` : null,
      })
      .returning({ mailDueAt: notifications.mailDueAt });
    if (row?.mailDueAt != null)
      await ctx.jobs.send(mailTogetherJob, { accountId, kind }, { startAfter: row.mailDueAt });
    else if (wanted.mail) await sendMail(ctx, notificationMail, { notificationId: id });
    for (const subscriptionId of wanted.subscriptionIds)
      await ctx.jobs.send(pushNoticeJob, { notificationId: id, subscriptionId });
  });
}

/** What the person has chosen, else the default, and which browsers are to be pushed to. Null: the account is deleted. */
async function wantedChannels(
  ctx: Ctx,
  accountId: string,
  kind: NoticeKind,
  defaults: { mail: boolean; push: boolean },
): Promise<{ mail: boolean; subscriptionIds: string[] } | null> {
  const chosen = notificationPreferences;
  const [found] = await ctx.db
    .select({ mail: chosen.mail, push: chosen.push })
    .from(accounts)
    .leftJoin(chosen, and(eq(chosen.accountId, accounts.id), eq(chosen.kind, kind)))
    .where(and(eq(accounts.id, accountId), isNull(accounts.deletedAt)));
  if (found === undefined) return null;
  const mail = found.mail ?? defaults.mail;
  const push = found.push ?? defaults.push;
  if (!push || ctx.config.push.services.length === 0) return { mail, subscriptionIds: [] };
  const rows = await ctx.db
    .select({ id: pushSubscriptions.id })
    .from(pushSubscriptions)
    .where(eq(pushSubscriptions.accountId, accountId));
  return { mail, subscriptionIds: rows.map(({ id }) => id) };
}

import type { NoticeKind, Role } from '@openward/contracts';
import { and, desc, eq, inArray, isNull } from 'drizzle-orm';
import type { MailContent } from '#platform/mail/mail.ts';
import { defineMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { accounts, nameOf } from '#server/modules/identity/index.ts';
import { noticeRules, pageOf } from '../rules.ts';
import { notifications } from '../tables.ts';

/** One notice by mail. */
export const notificationMail = defineMail<{ notificationId: string }>(
  'notification',
  async (ctx, { notificationId }) => {
    const [row] = await ctx.db
      .select({ notice: notifications, account: accounts })
      .from(notifications)
      .innerJoin(accounts, eq(accounts.id, notifications.accountId))
      .where(eq(notifications.id, notificationId));
    if (row === undefined) return null;
    const { kind } = row.notice;
    return write(ctx, row.account, noticeRules[kind], pageOf(row.notice, row.account.role));
  },
);

/** Several of a kind in one mail: those that have not been read by now; null when all have. */
export const togetherMail = defineMail<{ accountId: string; kind: NoticeKind; ids: string[] }>(
  'notifications',
  async (ctx, { accountId, kind, ids }) => {
    const rows = await ctx.db
      .select({ notice: notifications, account: accounts })
      .from(notifications)
      .innerJoin(accounts, eq(accounts.id, notifications.accountId))
      .where(and(eq(notifications.accountId, accountId), inArray(notifications.id, ids), isNull(notifications.readAt)))
      .orderBy(desc(notifications.createdAt));
    const [newest] = rows;
    if (newest === undefined) return null;
    const rule = noticeRules[kind];
    const words = rows.length === 1 || rule.many === undefined ? rule : rule.many(rows.length);
    const page = rows.length === 1 ? pageOf(newest.notice, newest.account.role) : '/notifications';
    return write(ctx, newest.account, words, page);
  },
);

function write(
  ctx: Ctx,
  account: { email: string | null; fullName: string | null; role: Role },
  { subject, text }: { subject: string; text: string },
  page: string,
): MailContent | null {
  if (account.email === null) return null;
  return {
    to: account.email,
    subject,
    paragraphs: [`Hello ${nameOf(account)},`, text, 'Which mails you get you choose under “Notifications”.'],
    action: { label: 'Open Openward', url: new URL(page, ctx.config.http.publicUrl).href },
  };
}

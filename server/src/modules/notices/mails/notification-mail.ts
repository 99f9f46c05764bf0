import type { NoticeKind } from '@openward/contracts';
import { and, desc, eq, inArray, isNull } from 'drizzle-orm';
import type { MailContent } from '#platform/mail/mail.ts';
import { fill } from '#platform/mail/mail-texts.ts';
import { defineMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { accounts, readerOf } from '#server/modules/identity/index.ts';
import { pageOf } from '../rules.ts';
import { notifications } from '../tables.ts';
import { texts } from './texts/texts.ts';

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
    return writeNotice(ctx, row.account, { kind, count: 1, page: pageOf(row.notice, row.account.role) });
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
    const page = rows.length === 1 ? pageOf(newest.notice, newest.account.role) : '/notifications';
    return writeNotice(ctx, newest.account, { kind, count: rows.length, page });
  },
);

/** What is mailed of a kind of notice, or of so many. */
export function writeNotice(
  ctx: Ctx,
  account: Parameters<typeof readerOf>[0],
  { kind, count, page }: { kind: NoticeKind; count: number; page: string },
): MailContent | null {
  const reader = readerOf(account);
  if (reader === null) return null;
  const { kinds, choose, label } = texts[reader.language];
  const { subject, text } = kinds[kind];
  return {
    ...reader,
    subject: fill(reader.language, subject, { count }),
    paragraphs: [fill(reader.language, text, { count }), choose],
    action: { label, url: new URL(page, ctx.config.http.publicUrl).href },
  };
}

import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import type { MailContent } from '#platform/mail/mail.ts';
import { fill } from '#platform/mail/mail-texts.ts';
import { defineMail, sendMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { accounts, findAccount, readerOf } from '#server/modules/identity/index.ts';
import { texts } from './mails/texts/texts.ts';
import { abuseCases } from './tables.ts';

const atMostEveryMs = 3_600_000;

/** Tells an admin that something waits for a look. Not what: mails lie around unencrypted. */
export const abuseMail = defineMail<{ accountId: string }>(
  'abuse',
  async (ctx, { accountId }): Promise<MailContent | null> => {
    const found = await findAccount(ctx, accountId);
    const reader = found === null ? null : readerOf(found.account);
    if (reader === null) return null;
    const count = await ctx.db.$count(abuseCases, and(eq(abuseCases.step, 'attention'), isNull(abuseCases.endedAt)));
    if (count === 0) return null;
    const { subject, waiting, atMost, label } = texts[reader.language];
    return {
      ...reader,
      subject,
      paragraphs: [fill(reader.language, waiting, { count }), atMost],
      action: { label, url: new URL('/admin/abuse', ctx.config.http.publicUrl).href },
    };
  },
);

/** Mails the admins about cases that they have not been told of, at most once an hour over all nodes. Within the caller's transaction. */
export async function mailAdmins(ctx: Ctx): Promise<void> {
  await ctx.db.execute(sql`SELECT pg_advisory_xact_lock(hashtext('openward.mail-admins'))`);
  const now = ctx.clock.now();
  const since = new Date(now.getTime() - atMostEveryMs).toISOString();
  if ((await ctx.db.$count(abuseCases, gt(abuseCases.mailedAt, since))) > 0) return;
  const told = await ctx.db
    .update(abuseCases)
    .set({ mailedAt: now.toISOString() })
    .where(and(eq(abuseCases.step, 'attention'), isNull(abuseCases.endedAt), isNull(abuseCases.mailedAt)))
    .returning({ id: abuseCases.id });
  if (told.length === 0) return;
  const admins = await ctx.db
    .select({ id: accounts.id })
    .from(accounts)
    .where(and(eq(accounts.role, 'admin'), isNull(accounts.deletedAt)));
  for (const { id } of admins) await sendMail(ctx, abuseMail, { accountId: id });
}

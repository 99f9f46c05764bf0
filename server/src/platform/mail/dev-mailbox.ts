import { desc, eq, lt, sql } from 'drizzle-orm';
import { bigint, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from '../database/columns.ts';
import type { Db } from '../database/connect.ts';
import type { RenderedMail } from './mail.ts';

/** The mails that would have been sent, where no SMTP server is set. Never in production. */
export const devMails = pgTable('dev_mails', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  recipient: text('recipient').notNull(),
  subject: text('subject').notNull(),
  text: text('text').notNull(),
  html: text('html').notNull(),
  links: jsonb('links').$type<string[]>().notNull(),
  sentAt: instant('sent_at').notNull().default(sql`now()`),
});

const kept = 500;

export async function keepInMailbox(db: Db, mail: RenderedMail): Promise<void> {
  const [row] = await db
    .insert(devMails)
    .values({ recipient: mail.to, subject: mail.subject, text: mail.text, html: mail.html, links: mail.links })
    .returning({ id: devMails.id });
  if (row !== undefined) await db.delete(devMails).where(lt(devMails.id, row.id - kept));
}

/** Newest first; `to` keeps those to one address. */
export async function readMailbox(db: Db, to: string | undefined) {
  const rows = await db
    .select()
    .from(devMails)
    .where(to === undefined ? undefined : eq(devMails.recipient, to.toLowerCase()))
    .orderBy(desc(devMails.id))
    .limit(100);
  return rows.map(({ recipient, subject, text, html, links, sentAt }) => ({
    to: recipient,
    subject,
    text,
    html,
    links,
    sentAt,
  }));
}

import { type Account, type Language, languages } from '@openward/contracts';
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm';
import type { Db } from '#platform/database/connect.ts';
import { gathered } from '#platform/database/gathered.ts';
import { prepared } from '#platform/database/prepared.ts';
import { inTurn } from '#platform/database/quick-statement.ts';
import type { MailReader } from '#platform/mail/mail.ts';
import { notFound } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { accounts, bans } from '../tables.ts';

export type AccountRow = typeof accounts.$inferSelect;
export type BanRow = typeof bans.$inferSelect;

/** A ban that runs at this moment, by the database's clock, whether or not the worker has lifted it yet. */
export const banIsRunning = and(isNull(bans.liftedAt), or(isNull(bans.until), gt(bans.until, sql`now()`)));

export type AccountWithBan = { account: AccountRow; ban: BanRow | null };

function selectAccounts(db: Db) {
  return db
    .select({ account: accounts, ban: bans })
    .from(accounts)
    .leftJoin(bans, and(eq(bans.accountId, accounts.id), banIsRunning));
}

const selectedByIds = prepared((db) =>
  selectAccounts(db)
    .where(sql`${accounts.id} = ANY(${sql.placeholder('ids')}::uuid[])`)
    .prepare('accounts_by_ids'),
);

const accountById = gathered(async (db, ids: readonly string[]) => {
  const rows = await selectedByIds(db).execute({ ids });
  const byId = new Map(rows.map((row) => [row.account.id, row]));
  return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
});

/** An account with its running ban; deleted ones too. Kept nowhere: `accountView` in server/src/cache-policies.ts says why. */
export function findAccount(ctx: Ctx, id: string): Promise<AccountWithBan | null> {
  return accountById(ctx.db, id);
}

const selectedByEmail = prepared((db) =>
  selectAccounts(db)
    .where(eq(accounts.email, sql.placeholder('email')))
    .prepare('account_by_email'),
);

/** The account of an address, in any case of letters. Deleted ones have none. */
export async function findAccountByEmail(ctx: Ctx, email: string): Promise<AccountWithBan | null> {
  const [row] = await selectedByEmail(ctx.db).execute({ email: normalEmail(email) });
  return row ?? null;
}

const lockedById = prepared((db) =>
  db
    .select({ id: accounts.id })
    .from(accounts)
    .where(eq(accounts.id, sql.placeholder('id')))
    .for('no key update')
    .prepare('lock_account'),
);

/**
 * The account with its row locked until the transaction ends, so that whatever depends on its state is decided one by one.
 * Two statements: a ban that commits while the first waits for the lock is seen by the second, not by a join in the first.
 * @throws Problem 404.
 */
export async function lockAccount(ctx: Ctx, id: string): Promise<AccountWithBan> {
  const [found] = await inTurn(lockedById(ctx.db), { id }, selectedByIds(ctx.db), { ids: [id] });
  if (found === undefined) throw notFound();
  return found;
}

/**
 * Keeps an account as it is until the transaction ends: a ban, a deletion, a withdrawn approval come wholly before or wholly
 * after what this transaction does. Many may hold the same one. @throws Problem 404.
 */
export async function holdAccount(ctx: Ctx, id: string): Promise<AccountWithBan> {
  await ctx.db.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, id)).for('share');
  const found = await findAccount(ctx, id);
  if (found === null) throw notFound();
  return found;
}

export function normalEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** What an account is called where it may be gone. */
export function nameOf(account: { fullName: string | null }): string {
  return account.fullName ?? 'Deleted account';
}

export function languageOf({ language }: { language: string }): Language {
  return languages.find((known) => known === language) ?? 'en';
}

/** To whom a mail for an account goes, and how; null for a deleted one, which has no address. */
export function readerOf(account: Pick<AccountRow, 'email' | 'fullName' | 'language'>): MailReader | null {
  const { email, fullName } = account;
  return email === null ? null : { to: email, language: languageOf(account), name: fullName };
}

export function statusOf({ account, ban }: AccountWithBan): Account['status'] {
  if (account.deletedAt !== null) return 'deleted';
  if (ban !== null) return 'banned';
  return isApproved(account) ? 'active' : 'pending-approval';
}

/** Doctors need an admin's approval; the others are what they are. */
export function isApproved(account: Pick<AccountRow, 'role' | 'approvedAt'>): boolean {
  return account.role !== 'doctor' || account.approvedAt !== null;
}

export function accountView({ account, ban }: AccountWithBan): Account {
  return {
    id: account.id,
    email: account.email,
    fullName: account.fullName,
    role: account.role,
    status: statusOf({ account, ban }),
    emailVerified: account.emailVerifiedAt !== null,
    mfaEnabled: account.mfaEnabledAt !== null,
    createdAt: account.createdAt,
  };
}

export function addressView({ country, city, region, addressLine }: AccountRow) {
  return country === null || city === null ? null : { country, city, region, addressLine };
}

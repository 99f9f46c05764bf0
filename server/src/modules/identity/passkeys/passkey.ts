import type { Passkey, PasskeyRequestOptions } from '@openward/contracts';
import { and, asc, eq } from 'drizzle-orm';
import { notFound } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { accounts, passkeys } from '../tables.ts';

export type PasskeyRow = typeof passkeys.$inferSelect;

/** As many as anybody has devices; each is a way in. */
export const maxPasskeys = 20;

/**
 * What authenticators know this installation by. From PUBLIC_URL alone: a Host header is what an attacker's page or proxy
 * makes it.
 */
export function relyingParty(ctx: Ctx): { id: string; name: string; origin: string } {
  const { hostname, origin } = ctx.config.http.publicUrl;
  return { id: hostname, name: 'Openward', origin };
}

/** The passkeys of an account, the oldest first. */
export async function passkeysOf(ctx: Ctx, accountId: string): Promise<PasskeyRow[]> {
  return ctx.db.select().from(passkeys).where(eq(passkeys.accountId, accountId)).orderBy(asc(passkeys.id));
}

/** @throws Problem 404 for one that is not this account's. */
export async function ownPasskey(ctx: Ctx, accountId: string, id: string): Promise<PasskeyRow> {
  const [row] = await ctx.db
    .select()
    .from(passkeys)
    .where(and(eq(passkeys.id, id), eq(passkeys.accountId, accountId)));
  if (row === undefined) throw notFound();
  return row;
}

/** The passkey with a credential id, with what its authenticator knows its account by. */
export async function findByCredential(
  ctx: Ctx,
  credentialId: Buffer,
): Promise<{ passkey: PasskeyRow; handle: Buffer | null } | null> {
  const [row] = await ctx.db
    .select({ passkey: passkeys, handle: accounts.passkeyHandle })
    .from(passkeys)
    .innerJoin(accounts, eq(accounts.id, passkeys.accountId))
    .where(eq(passkeys.credentialId, credentialId));
  return row ?? null;
}

export function passkeyView({ id, name, createdAt, lastUsedAt, backedUp, transports }: PasskeyRow): Passkey {
  return { id, name, createdAt, lastUsedAt, backedUp, transports };
}

/** The same for the owner's export. */
export async function passkeysAbout(ctx: Ctx, accountId: string): Promise<Passkey[]> {
  return (await passkeysOf(ctx, accountId)).map(passkeyView);
}

/** How a browser is told which passkeys are meant. */
export function descriptorOf({
  credentialId,
  transports,
}: PasskeyRow): PasskeyRequestOptions['allowCredentials'][number] {
  return { type: 'public-key', id: credentialId.toString('base64url'), transports };
}

import { addressKey } from '#platform/limits/address-key.ts';
import type { Ctx, Device } from '#server/context.ts';
import {
  type AccountRow,
  type AccountWithBan,
  findAccount,
  findAccountByEmail,
  normalEmail,
} from '../accounts/account.ts';
import { credentialOf, deviceKnowing, isKnownTo } from './known-device.ts';

/** Whose tries a login counts as. `device`: the one it came from, when that knows the account. */
export type Claimant = { found: AccountWithBan | null; device: Device | null };

/**
 * Takes a point for a try with a password, before it is hashed (ASVS 6.3.1). By then the route has taken one of the address, or of
 * the device that the call came from. At an account that the device knows a try is of its own points; any other is a
 * stranger's: of the address, if it has not taken that yet, of the pair of account and address, and of the account, which
 * all strangers share. All the same for accounts that there are and that there are not.
 * @throws Problem 429 `rate-limited`.
 */
export async function limitPassword(ctx: Ctx, email: string): Promise<Claimant> {
  const { device = null } = ctx.origin;
  if (device === null) await limitStranger(ctx, email);
  const found = await findAccountByEmail(ctx, email);
  if (device === null) return { found, device: null };
  if (found !== null && isKnownTo(ctx, device, found.account)) {
    await ctx.limits.take('login.known', knownKey(found.account.id, device.id));
    await ctx.limits.take('login.devices', found.account.id);
    return { found, device };
  }
  await limitAddress(ctx);
  await limitStranger(ctx, email);
  return { found, device: null };
}

/**
 * The same for a passkey, which nobody guesses: only that a device goes past the limit of its address for no other accounts than
 * those that it knows. @param accountId null: the passkey was not good. @throws Problem 429 `rate-limited`.
 */
export async function limitPasskey(ctx: Ctx, accountId: string | null): Promise<void> {
  const { device = null } = ctx.origin;
  if (device === null) return;
  const found = accountId === null ? null : await findAccount(ctx, accountId);
  if (found === null || !isKnownTo(ctx, device, found.account)) await limitAddress(ctx);
}

async function limitAddress(ctx: Ctx): Promise<void> {
  await ctx.limits.take('login.address', addressKey(ctx.origin.ip ?? ''));
}

/** A stranger's password was wrong: the next one of this pair is nearer to its end. */
export async function noteWrongPassword(ctx: Ctx, email: string): Promise<void> {
  await ctx.limits.allows('login.pair', pairKey(ctx, email));
}

/**
 * The device of a login that succeeded knows the account from now on. Where that is new, the login counts as the first of the
 * points that it now has. @returns the credential that it is to show next time.
 */
export async function rememberOnDevice(ctx: Ctx, account: AccountRow): Promise<string> {
  const { device: before = null } = ctx.origin;
  const device = deviceKnowing(ctx, before, account);
  if (before === null || !isKnownTo(ctx, before, account))
    await ctx.limits.allows('login.known', knownKey(account.id, device.id));
  return credentialOf(ctx, device);
}

/** The pair first: who has used it up takes nothing of the account's any more. */
async function limitStranger(ctx: Ctx, email: string): Promise<void> {
  await ctx.limits.take('login.pair', pairKey(ctx, email), 0);
  await ctx.limits.take('login.account', normalEmail(email));
}

function pairKey(ctx: Ctx, email: string): string {
  return `${normalEmail(email)} ${addressKey(ctx.origin.ip ?? '')}`;
}

function knownKey(accountId: string, deviceId: string): string {
  return `${accountId} ${deviceId}`;
}

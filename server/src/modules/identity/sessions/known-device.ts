import { fingerprint, seal, unseal } from '#platform/crypto/seal.ts';
import type { Credentials } from '#platform/http/admit.ts';
import { newId } from '#platform/id.ts';
import type { Ctx, Device } from '#server/context.ts';
import type { AccountRow } from '../accounts/account.ts';
import { deviceMemoryDays } from './remember-device.ts';
import { deviceCookie } from './session-cookies.ts';

/**
 * A device that somebody logged in from carries a credential from then on: sealed under the pepper, so that nobody else can make
 * or read one, and nothing of it is stored. It opens nothing. At the accounts that it names, tries from it have limits of their
 * own, so that who uses up an account's tries from elsewhere does not lock out its owner (decision 0022).
 */
const where = { purpose: 'openward known devices', place: 'device' };
/** A machine at a reception is many people's; of more, the latest. */
const maxAccounts = 8;

/** The device that a call comes from. @returns null where none is shown, or one that is not ours, was altered or is forgotten. */
export function recognizeDevice(ctx: Ctx, { device, cookie }: Credentials): Device | null {
  const [kid = '', sealed = ''] = (device ?? cookie(deviceCookie) ?? '').split('.');
  const root = ctx.keys.pepper.find(kid);
  if (root === undefined) return null;
  try {
    const { id, knows } = JSON.parse(unseal(root, where, Buffer.from(sealed, 'base64url')).toString()) as Device;
    const forgottenBeforeMs = ctx.clock.now().getTime() - deviceMemoryDays * 86_400_000;
    const remembered = knows.filter(({ atMs }) => atMs > forgottenBeforeMs);
    return remembered.length === 0 ? null : { id, knows: remembered };
  } catch {
    return null;
  }
}

/** Whether somebody logged in to the account from this device, with the password that it has now. */
export function isKnownTo(ctx: Ctx, { knows }: Device, account: AccountRow): boolean {
  return knows.some(({ accountId, mark }) => accountId === account.id && mark === markOf(ctx, account));
}

/** The device with one more account that it knows: a new one where the call came from none. */
export function deviceKnowing(ctx: Ctx, device: Device | null, account: AccountRow): Device {
  const own = { accountId: account.id, mark: markOf(ctx, account), atMs: ctx.clock.now().getTime() };
  const others = device?.knows.filter(({ accountId }) => accountId !== account.id) ?? [];
  return { id: device?.id ?? newId(), knows: [own, ...others].slice(0, maxAccounts) };
}

/** What the device is to show next time. */
export function credentialOf(ctx: Ctx, device: Device): string {
  const root = ctx.keys.pepper.current;
  return `${root.kid}.${seal(root, where, Buffer.from(JSON.stringify(device))).toString('base64url')}`;
}

/** Changes with the password, so that a new one forgets every device: one of them may be a thief's. */
function markOf(ctx: Ctx, { id, passwordHash }: AccountRow): string {
  const place = { purpose: where.purpose, place: id };
  return fingerprint(ctx.keys.pepper.current, place, passwordHash ?? '').toString('base64url', 0, 12);
}

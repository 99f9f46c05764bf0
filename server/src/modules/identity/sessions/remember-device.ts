import { eq, sql } from 'drizzle-orm';
import { sendMail } from '#platform/mail/send-mail.ts';
import type { Ctx, Origin } from '#server/context.ts';
import { recordSecurityEvent } from '../events/security-event.ts';
import { newDeviceMail } from '../mails/new-device.ts';
import { knownDevices } from '../tables.ts';
import { deviceOf, networkOf } from './device.ts';

/** A device is forgotten so long after it was last logged in from. */
export const deviceMemoryDays = 90;

/** From where a login comes: its device as people read it, and the part of the internet, null for what came from none. */
export function placeOf({ ip, userAgent }: Origin): { device: string; network: string | null } {
  return { device: deviceOf(userAgent), network: ip === null ? null : networkOf(ip) };
}

/**
 * An account has logged in from somewhere that it has not before, by device and network together: its owner is told (ASVS 6.3.5). Of an
 * account's first login there is nothing to tell. Within the caller's transaction.
 */
export async function tellOfNewPlace(ctx: Ctx, accountId: string, sessionId: string, device: string): Promise<void> {
  await recordSecurityEvent(ctx, { kind: 'new-device', accountId, details: { sessionId, device } });
  await sendMail(ctx, newDeviceMail, { sessionId });
}

/** Drops devices that nobody has logged in from for so long that they count as new again. */
export async function forgetOldDevices(ctx: Ctx): Promise<void> {
  await ctx.db
    .delete(knownDevices)
    .where(sql`${knownDevices.lastSeenAt} < now() - make_interval(days => ${deviceMemoryDays})`);
}

/** The devices of an account, the latest first: for its owner's export. */
export async function devicesOf(ctx: Ctx, accountId: string) {
  const { device, network, firstSeenAt, lastSeenAt } = knownDevices;
  return ctx.db
    .select({ device, network, firstSeenAt, lastSeenAt })
    .from(knownDevices)
    .where(eq(knownDevices.accountId, accountId))
    .orderBy(sql`${lastSeenAt} DESC`);
}

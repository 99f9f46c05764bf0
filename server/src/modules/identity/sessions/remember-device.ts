import { and, eq, sql } from 'drizzle-orm';
import { sendMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { recordSecurityEvent } from '../events/security-event.ts';
import { newDeviceMail } from '../mails/new-device.ts';
import { knownDevices } from '../tables.ts';
import { deviceOf, networkOf } from './device.ts';

/** A device is forgotten so long after it was last logged in from. */
export const deviceMemoryDays = 90;

/**
 * Notes from where an account logs in. Somewhere that it has not logged in from before, by device and network together, its owner
 * is told (ASVS 6.3.5); of an account's first login there is nothing to tell. Within the caller's transaction, under the
 * account's lock, so that of many logins at once one is the first.
 */
export async function rememberDevice(ctx: Ctx, accountId: string, sessionId: string): Promise<void> {
  const { ip, userAgent } = ctx.origin;
  if (ip === null) return;
  const device = deviceOf(userAgent);
  const network = networkOf(ip);
  const known = await ctx.db
    .select({ device: knownDevices.device, network: knownDevices.network })
    .from(knownDevices)
    .where(
      and(
        eq(knownDevices.accountId, accountId),
        sql`${knownDevices.lastSeenAt} > now() - make_interval(days => ${deviceMemoryDays})`,
      ),
    );
  await ctx.db
    .insert(knownDevices)
    .values({ accountId, device, network })
    .onConflictDoUpdate({
      target: [knownDevices.accountId, knownDevices.device, knownDevices.network],
      set: { lastSeenAt: sql`now()` },
    });
  if (known.length === 0 || known.some((one) => one.device === device && one.network === network)) return;
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

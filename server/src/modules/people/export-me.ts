import type { exportMe as contract, ReplyOf } from '@openward/contracts';
import type { Ctx } from '#server/context.ts';
import { actorOf } from '#server/context.ts';
import { audit, auditAbout } from '#server/modules/audit/index.ts';
import { requestsAbout } from '#server/modules/care/index.ts';
import { roomsAbout } from '#server/modules/chat/index.ts';
import { bansOf, liveSessions, passkeysAbout, securityEventsAbout } from '#server/modules/identity/index.ts';
import { getMe } from './me.ts';

/**
 * Everything that the system holds about the caller (GDPR, articles 15 and 20): what they said of themselves, their requests
 * with diagnoses and ratings, their rooms with every message they can read, and who looked at or changed any of it.
 */
export async function exportMe(ctx: Ctx): Promise<ReplyOf<typeof contract>> {
  const { accountId } = actorOf(ctx);
  await audit(ctx, { action: 'account.exported', subjectType: 'account', subjectId: accountId });
  const [account, sessions, passkeys, bans, requests, rooms, securityEvents, entries] = await Promise.all([
    getMe(ctx),
    liveSessions(ctx, accountId),
    passkeysAbout(ctx, accountId),
    bansOf(ctx, accountId, { limit: 100 }),
    requestsAbout(ctx, accountId),
    roomsAbout(ctx, accountId),
    securityEventsAbout(ctx, accountId),
    auditAbout(ctx, accountId),
  ]);
  const exportedAt = ctx.clock.now().toISOString();
  return { exportedAt, account, sessions, passkeys, bans: bans.items, requests, rooms, securityEvents, audit: entries };
}

import type { Ban, exportMe as contract, ReplyOf } from '@openward/contracts';
import type { Ctx } from '#server/context.ts';
import { actorOf } from '#server/context.ts';
import { abuseCasesAbout } from '#server/modules/abuse/index.ts';
import { appointmentsAbout, hoursAbout } from '#server/modules/appointments/index.ts';
import { audit, auditAbout } from '#server/modules/audit/index.ts';
import { requestsAbout, transfersAbout } from '#server/modules/care/index.ts';
import { roomsAbout } from '#server/modules/chat/index.ts';
import { approvalsAbout, ratingsAbout } from '#server/modules/doctors/index.ts';
import {
  bansOf,
  devicesOf,
  linksAbout,
  passkeysAbout,
  securityEventsAbout,
  sessionsAbout,
} from '#server/modules/identity/index.ts';
import { noticesAbout } from '#server/modules/notices/index.ts';
import { getMe } from './me.ts';

/**
 * Everything that the system holds about the caller (GDPR, articles 15 and 20): what they said of themselves, their requests
 * with diagnoses and ratings, their rooms with every message they can read, from where they log in, and who looked at or changed
 * any of it. Read in pages, one part after another, so that a large account holds one connection and no statement runs long.
 */
export async function exportMe(ctx: Ctx): Promise<ReplyOf<typeof contract>> {
  const { accountId } = actorOf(ctx);
  await audit(ctx, { action: 'account.exported', subjectType: 'account', subjectId: accountId });
  return {
    exportedAt: ctx.clock.now().toISOString(),
    account: await getMe(ctx),
    sessions: await sessionsAbout(ctx, accountId),
    passkeys: await passkeysAbout(ctx, accountId),
    devices: await devicesOf(ctx, accountId),
    links: await linksAbout(ctx, accountId),
    bans: await allBans(ctx, accountId),
    requests: await requestsAbout(ctx, accountId),
    appointments: await appointmentsAbout(ctx),
    hours: await hoursAbout(ctx),
    ratings: await ratingsAbout(ctx, accountId),
    ...(await noticesAbout(ctx, accountId)),
    transfers: await transfersAbout(ctx, accountId),
    approvals: await approvalsAbout(ctx, accountId),
    rooms: await roomsAbout(ctx, accountId),
    securityEvents: await securityEventsAbout(ctx, accountId),
    abuseCases: await abuseCasesAbout(ctx, accountId),
    audit: await auditAbout(ctx, accountId),
  };
}

async function allBans(ctx: Ctx, accountId: string): Promise<Ban[]> {
  const all: Ban[] = [];
  let cursor: string | undefined;
  do {
    const page = await bansOf(ctx, accountId, { limit: 100, cursor });
    all.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return all;
}

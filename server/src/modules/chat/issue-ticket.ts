import { randomBytes } from 'node:crypto';
import type { issueTicket as contract, ReplyOf } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import { actorOf, type Ctx } from '#server/context.ts';
import { socketTickets } from './tables.ts';
import { hashOf } from './take-ticket.ts';

const lifetimeS = 30;

/** A ticket for one socket of this session. The database keeps its hash only. */
export async function issueTicket(ctx: Ctx): Promise<ReplyOf<typeof contract>> {
  const { accountId, sessionId } = actorOf(ctx);
  const ticket = randomBytes(32).toString('base64url');
  await ctx.chatDb.insert(socketTickets).values({
    ticketHash: hashOf(ticket),
    accountId,
    sessionId,
    expiresAt: sql`now() + make_interval(secs => ${lifetimeS})`,
  });
  return { ticket, expiresInS: lifetimeS };
}

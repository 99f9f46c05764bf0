import type {
  addPushSubscription as addContract,
  InputOf,
  listPushSubscriptions as listContract,
  ReplyOf,
  removePushSubscription as removeContract,
} from '@openward/contracts';
import { and, asc, desc, eq, inArray, sql } from 'drizzle-orm';
import { newId } from '#platform/id.ts';
import { invalidField, notFound, Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { noticeLimits } from '#server/limits.ts';
import { audit } from '#server/modules/audit/index.ts';
import { lockActor } from '#server/modules/identity/index.ts';
import { pushSubscriptions } from './tables.ts';

type Row = typeof pushSubscriptions.$inferSelect;

/** The browsers of the caller that get pushes. */
export async function listPushSubscriptions(ctx: Ctx): Promise<ReplyOf<typeof listContract>> {
  const { accountId, sessionId } = actorOf(ctx);
  const rows = await ctx.db
    .select()
    .from(pushSubscriptions)
    .where(eq(pushSubscriptions.accountId, accountId))
    .orderBy(asc(pushSubscriptions.createdAt), asc(pushSubscriptions.id));
  return { publicKey: ctx.push?.publicKey ?? null, items: rows.map((row) => subscriptionView(row, sessionId)) };
}

/**
 * Takes a browser in, for as long as the session lasts. The same endpoint again is the same browser, whoever uses it now.
 * @throws Problem 401 `session-ended`, 409 `push-unavailable`, 400 for an endpoint that is not at a push service that this server sends to.
 */
export async function addPushSubscription(
  ctx: Ctx,
  { endpoint, keys }: InputOf<typeof addContract>,
): Promise<ReplyOf<typeof addContract>> {
  if (ctx.push === null)
    throw new Problem('push-unavailable', { detail: 'This server sends no pushes. Choose mails.' });
  if (!ctx.push.accepts(endpoint))
    throw invalidField(
      'endpoint',
      'unknown-service',
      'endpoint must be the https address of a push service that this server sends to, as the browser gave it.',
    );
  const { accountId, sessionId } = actorOf(ctx);
  return ctx.tx(async (ctx) => {
    await lockActor(ctx);
    const values = { accountId, sessionId, ...keys };
    const [row] = await ctx.db
      .insert(pushSubscriptions)
      .values({ id: newId(), endpoint, ...values })
      .onConflictDoUpdate({
        target: pushSubscriptions.endpoint,
        set: { ...values, createdAt: sql`now()`, lastUsedAt: null },
      })
      .returning();
    if (row === undefined) throw new Error('The subscription was not stored.');
    await dropSurplus(ctx, accountId);
    await audit(ctx, { action: 'push.subscribed', subjectType: 'account', subjectId: accountId });
    return subscriptionView(row, sessionId);
  });
}

/** More than anybody has browsers: the oldest go. Under the account's lock. */
async function dropSurplus(ctx: Ctx, accountId: string): Promise<void> {
  const surplus = ctx.db
    .select({ id: pushSubscriptions.id })
    .from(pushSubscriptions)
    .where(eq(pushSubscriptions.accountId, accountId))
    .orderBy(desc(pushSubscriptions.createdAt), desc(pushSubscriptions.id))
    .offset(noticeLimits.subscriptionsPerAccount);
  await ctx.db.delete(pushSubscriptions).where(inArray(pushSubscriptions.id, surplus));
}

/** @throws Problem 404 for one that is not the caller's. */
export async function removePushSubscription(ctx: Ctx, { id }: InputOf<typeof removeContract>): Promise<undefined> {
  const [removed] = await ctx.db
    .delete(pushSubscriptions)
    .where(and(eq(pushSubscriptions.id, id), eq(pushSubscriptions.accountId, actorOf(ctx).accountId)))
    .returning({ id: pushSubscriptions.id });
  if (removed === undefined) throw notFound();
}

/** Not the endpoint: whoever has it, and the keys, can write on that screen. */
export function subscriptionView({ id, endpoint, createdAt, lastUsedAt, sessionId }: Row, current: string | null) {
  return { id, service: new URL(endpoint).hostname, createdAt, lastUsedAt, current: sessionId === current };
}

import type {
  getNotificationPreferences as getContract,
  InputOf,
  NotificationPreference,
  ReplyOf,
  Role,
  setNotificationPreferences as setContract,
} from '@openward/contracts';
import { noticeKinds } from '@openward/contracts';
import { eq, sql } from 'drizzle-orm';
import { invalidField } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { noticeRules } from './rules.ts';
import { notificationPreferences } from './tables.ts';

const security: NotificationPreference = { kind: 'security', mail: true, push: false, fixed: true };

const kindsOf = (role: Role) => noticeKinds.filter((kind) => noticeRules[kind].roles.includes(role));

/** How the caller is told of what: their choice, or the default. */
export async function getPreferences(ctx: Ctx): Promise<ReplyOf<typeof getContract>> {
  const { accountId, role } = actorOf(ctx);
  const rows = await ctx.db
    .select()
    .from(notificationPreferences)
    .where(eq(notificationPreferences.accountId, accountId));
  const chosen = new Map(rows.map((row) => [row.kind, row]));
  const items = kindsOf(role).map((kind): NotificationPreference => {
    const { mail, push } = chosen.get(kind) ?? noticeRules[kind];
    return { kind, mail, push, fixed: false };
  });
  return { items: [...items, security] };
}

/** Changes some; what is absent stays. @throws Problem 400 for a kind that the caller's role never gets, or one named twice. */
export async function setPreferences(
  ctx: Ctx,
  { items }: InputOf<typeof setContract>,
): Promise<ReplyOf<typeof setContract>> {
  const { accountId, role } = actorOf(ctx);
  const own = kindsOf(role);
  const seen = new Set<string>();
  for (const [index, { kind }] of items.entries()) {
    const path = `items.${index}.kind`;
    if (!own.includes(kind)) throw invalidField(path, 'not-for-you', `There is no ${kind} for a ${role}.`);
    if (seen.has(kind)) throw invalidField(path, 'duplicate', `${kind} is there twice; send it once.`);
    seen.add(kind);
  }
  await ctx.tx(async (ctx) => {
    // In one order, so that two tabs do not wait for each other in a circle.
    for (const { kind, mail, push } of items.toSorted((one, other) => (one.kind < other.kind ? -1 : 1))) {
      const rule = noticeRules[kind];
      await ctx.db
        .insert(notificationPreferences)
        .values({ accountId, kind, mail: mail ?? rule.mail, push: push ?? rule.push })
        .onConflictDoUpdate({
          target: [notificationPreferences.accountId, notificationPreferences.kind],
          set: {
            mail: mail ?? sql`${notificationPreferences.mail}`,
            push: push ?? sql`${notificationPreferences.push}`,
          },
        });
    }
  });
  return getPreferences(ctx);
}

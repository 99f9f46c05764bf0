import { and, asc, eq, gt, isNull, lte, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { acceptReserved } from '#server/modules/care/index.ts';
import { tellBoth } from './mails/appointment-mail.ts';
import { nextReminder } from './reminders.ts';
import { booked, databaseNow } from './schedule.ts';
import { appointments } from './tables.ts';

const batchSize = 50;

/**
 * Sends each reminder that is due, once: that it was sent commits with the mail. Several workers at once share the work. After a
 * pause, of several that are due for one appointment only one goes out, and none for what has begun.
 * @returns for how many appointments.
 */
export async function remindDue(ctx: Ctx): Promise<number> {
  const due = and(booked, lte(appointments.nextReminderAt, sql`now()`));
  return inBatches(ctx, async (ctx) => {
    const rows = await ctx.db
      .select({ row: appointments, nowMs: databaseNow })
      .from(appointments)
      .where(due)
      .orderBy(asc(appointments.nextReminderAt))
      .limit(batchSize)
      .for('update', { skipLocked: true });
    for (const { row, nowMs } of rows) {
      const startMs = Date.parse(row.startsAt);
      const next = nextReminder(ctx.config.appointments.remindersMinutes, startMs, nowMs);
      await ctx.db.update(appointments).set({ nextReminderAt: next }).where(eq(appointments.id, row.id));
      if (startMs > nowMs) await tellBoth(ctx, row, 'reminder');
    }
    return rows.length;
  });
}

/** Opens the rooms of the appointments that are near: their requests are accepted for their doctors. @returns how many. */
export async function openDue(ctx: Ctx): Promise<number> {
  const lead = sql`make_interval(mins => ${ctx.config.appointments.opensMinutes})`;
  const near = and(
    booked,
    isNull(appointments.openedAt),
    lte(appointments.startsAt, sql`now() + ${lead}`),
    gt(appointments.endsAt, sql`now()`),
  );
  return inBatches(ctx, async (ctx) => {
    const rows = await ctx.db
      .select()
      .from(appointments)
      .where(near)
      .orderBy(asc(appointments.startsAt))
      .limit(batchSize)
      .for('update', { skipLocked: true });
    for (const { id, requestId } of rows) {
      await acceptReserved(ctx, requestId);
      await ctx.db.update(appointments).set({ openedAt: sql`now()` }).where(eq(appointments.id, id));
    }
    return rows.length;
  });
}

/** Until nothing is left, each batch in a transaction of its own. */
async function inBatches(ctx: Ctx, work: (ctx: Ctx) => Promise<number>): Promise<number> {
  let total = 0;
  for (;;) {
    const done = await ctx.tx(work);
    total += done;
    if (done < batchSize) return total;
  }
}

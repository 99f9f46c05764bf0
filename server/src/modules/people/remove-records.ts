import type { Ctx } from '#server/context.ts';
import { removeAppointmentTexts } from '#server/modules/appointments/index.ts';
import { audit } from '#server/modules/audit/index.ts';
import { removeCareRecord } from '#server/modules/care/index.ts';
import { removeMessagesJob } from '#server/modules/chat/index.ts';
import { findDueRecords, takeDueRecord } from '#server/modules/identity/index.ts';

const batchSize = 100;

/**
 * Removes the health records of patients who deleted their account RETENTION_YEARS ago. Each in a transaction of its own, so that
 * a run that breaks off has done what it has done, and the next goes on; one that fails does not hold up the others.
 * @returns how many records this run removed.
 * @throws AggregateError when some could not be removed: the job tries again.
 */
export async function removeDueRecords(ctx: Ctx): Promise<number> {
  const failures: unknown[] = [];
  let removed = 0;
  let after: string | null = null;
  for (;;) {
    const due: string[] = await findDueRecords(ctx, { after, limit: batchSize });
    for (const accountId of due) {
      try {
        if (await removeRecord(ctx, accountId)) removed += 1;
      } catch (error) {
        ctx.log.error({ accountId, err: error }, 'a health record could not be removed');
        failures.push(error);
      }
    }
    if (due.length > 0) ctx.log.info({ removed, failed: failures.length }, 'removing health records');
    after = due.at(-1) ?? null;
    if (due.length < batchSize) break;
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} health records could not be removed`);
  return removed;
}

/** One record. The messages are in the other database: a job removes them, sent with this commit. */
async function removeRecord(ctx: Ctx, accountId: string): Promise<boolean> {
  return ctx.tx(async (ctx) => {
    if (!(await takeDueRecord(ctx, accountId))) return false;
    const removed = await removeCareRecord(ctx, accountId);
    await removeAppointmentTexts(ctx, accountId);
    await audit(ctx, {
      action: 'record.removed',
      subjectType: 'patient',
      subjectId: accountId,
      ownerId: accountId,
      details: removed,
    });
    await ctx.jobs.send(removeMessagesJob, { accountId });
    return true;
  });
}

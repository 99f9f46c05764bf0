import { setTimeout as sleep } from 'node:timers/promises';
import { settleMs } from '../../cache-policies.ts';
import type { Ctx } from '../../context.ts';

/**
 * Within the transaction of a change of what is kept in caches: its answer waits after the commit until no node answers from a copy
 * of before. So whoever is told that it is done sees it done, on every node, whether or not Redis and the bus are there.
 */
export async function answerWhenKnown(ctx: Ctx): Promise<void> {
  await ctx.afterTx(settle);
}

async function settle(): Promise<void> {
  await sleep(settleMs);
}

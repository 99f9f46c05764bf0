import { topic } from '#platform/bus/bus.ts';
import type { Ctx } from '#server/context.ts';

/** A request has changed; `queue`: who waits with it may have another place. Whoever hears it reads the rest. */
export const requestChanged = topic<{ requestId: string; queue: boolean }>('care.request-changed');

/** Tells every node, once it is committed. */
export function announceRequest(ctx: Ctx, requestId: string, { queue }: { queue: boolean }): void {
  ctx.afterCommit(() => ctx.bus.publish(requestChanged, { requestId, queue }, ctx.origin.trace));
}

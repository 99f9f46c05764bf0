import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Ctx } from '../../context.ts';
import { Problem } from '../problem.ts';
import { problemBody } from './raw-answer.ts';

/**
 * A part that may be away: `check` then rejects, or does not answer. Without a `needed` one the node is not ready; of the
 * others the answer only tells.
 */
export type ReadyCheck = { name: string; needed: boolean; check(): Promise<void> };

const checkTimeoutMs = 2000;
const retryAfterS = 2;

/** Health, on every node. For probes: never limited, and quiet in the log. `isStopping`: it still serves, and soon will not. */
export function mountHealth(
  app: FastifyInstance,
  ctx: Ctx,
  { ready, isStopping }: { ready: readonly ReadyCheck[]; isStopping(): boolean },
): void {
  for (const path of ['/health/live', '/health/ready']) app.shedder.know('GET', path, null);
  const look = together(() =>
    Promise.all(ready.map(async ({ name, check }) => [name, await answers(ctx, name, check)] as const)),
  );
  const quiet = { config: { quiet: true } };
  app.get('/health/live', quiet, async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
  app.get('/health/ready', quiet, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    if (isStopping()) return refuse(request, reply, 'Not ready: this node is stopping.', { status: 'stopping' });
    const results = await look();
    const checks = Object.fromEntries(results.map(([name, ok]) => [name, ok ? 'ok' : 'away']));
    const needed = new Set(ready.filter((part) => part.needed).map(({ name }) => name));
    const away = results.filter(([name, ok]) => !ok && needed.has(name)).map(([name]) => name);
    // Busy is not broken: whoever takes a busy node out gives its calls to the others.
    const load = ctx.load.isBusy ? { load: 'shedding' } : {};
    if (away.length === 0) return reply.send({ status: 'ready', checks, ...load });
    return refuse(request, reply, `Not ready: ${away.join(', ')} does not answer.`, { checks });
  });
}

function refuse(request: FastifyRequest, reply: FastifyReply, detail: string, members: Record<string, unknown>) {
  const problem = new Problem('unavailable', { detail, retryAfterS, members });
  return reply
    .code(problem.status)
    .header('retry-after', String(retryAfterS))
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(problem, request.id)));
}

/** Who asks while the answer is being found out gets the same one: a flood of questions is one question. */
function together<T>(ask: () => Promise<T>): () => Promise<T> {
  let asking: Promise<T> | null = null;
  return () => {
    asking ??= ask().finally(() => {
      asking = null;
    });
    return asking;
  };
}

/** True when the check succeeds in time. */
async function answers(ctx: Ctx, name: string, check: () => Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${checkTimeoutMs} ms`)), checkTimeoutMs);
  });
  try {
    await Promise.race([check(), late]);
    return true;
  } catch (error) {
    ctx.log.debug({ check: name, reason: error instanceof Error ? error.message : String(error) }, 'not ready');
    return false;
  } finally {
    clearTimeout(timer);
  }
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Logged at debug only. */
    quiet?: boolean;
  }
}

import type { FastifyRequest } from 'fastify';
import type { Actor, Ctx } from '../../context.ts';
import { TokenError } from '../crypto/tokens.ts';
import type { SignalKind } from '../guard.ts';
import type { Problem } from '../problem.ts';
import { originOf } from './admit.ts';

/** After the answer: tells the guard what of it may be part of a series. Most answers say nothing. */
export function noteOutcome(root: Ctx, request: FastifyRequest, status: number): void {
  const kind = kindOf(request, status);
  if (kind === null) return;
  const route = request.routeOptions.config?.path ?? 'unknown';
  const what = thingOf(kind, request, route);
  const actor = request.caller ?? null;
  const ctx = request.ctx?.actor === actor ? request.ctx : root.as(actor, originOf(request));
  ctx.guard.note(ctx, { kind, what, route });
}

/** Of a list each page is another thing, of another role's routes each route, of what is not there each path. */
function thingOf(kind: SignalKind, { method, url }: FastifyRequest, route: string): string {
  if (kind === 'read') return url;
  return kind === 'wrong-role' ? `${method} ${route}` : (url.split('?')[0] ?? '');
}

function kindOf(request: FastifyRequest, status: number): SignalKind | null {
  if (status === 200) return request.method === 'GET' && request.ctx !== undefined ? 'read' : null;
  switch (request.problem?.code) {
    case 'unauthenticated':
      return kindOfCredentials(request.problem);
    case 'session-ended':
      return 'stale-token';
    case 'forbidden':
      return 'wrong-role';
    case 'not-found':
      return 'not-found';
    default:
      return null;
  }
}

/** A token that was signed by us was good once: whoever goes on bringing it is a forgetful program, no attacker. */
function kindOfCredentials({ cause }: Problem): SignalKind {
  if (!(cause instanceof TokenError)) return 'no-credentials';
  return cause.reason === 'expired' || cause.reason === 'wrong-claims' ? 'stale-token' : 'bad-token';
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What the call was answered with, when it was refused. */
    problem: Problem | undefined;
    /** Who calls, refused or not; on a route that is open to anyone only where the guard wanted to know. */
    caller: Actor | undefined;
  }
  interface FastifyContextConfig {
    /** The path of a route as the contract has it. */
    path?: string;
  }
}

import type { FastifyRequest } from 'fastify';
import { ACCESS_LIFETIME_S } from '#platform/crypto/tokens.ts';
import { credentialsOf, originOf } from '#platform/http/admit.ts';
import { refuseWithoutFactor } from '#platform/http/second-factor.ts';
import { addressKey } from '#platform/limits/address-key.ts';
import { invalidField, Problem } from '#platform/problem.ts';
import { parseTraceparent } from '#platform/tracing/trace.ts';
import type { Ctx } from '#server/context.ts';
import { accessCookie, authenticateSession, authenticateToken } from '#server/modules/identity/index.ts';
import { takeTicket } from '../take-ticket.ts';
import type { Caller } from './connection.ts';

/**
 * Who opens a socket: by bearer token, by `?ticket=`, or by cookie, which a page of this site alone may bring.
 * @throws Problem 401, 403, 429, 400 for other query parameters.
 */
export async function admit(root: Ctx, request: FastifyRequest): Promise<Caller> {
  const origin = originOf(request);
  const ctx = root.as(null, origin);
  const caller = await identify(ctx, request).catch(async (error: unknown) => {
    await ctx.limits.take('address.read', addressKey(origin.ip ?? ''));
    await ctx.guard.admit(ctx, { route: 'GET /chat/socket', proof: null });
    throw error;
  });
  await ctx.limits.take('socket.connect', caller.actor.accountId);
  const own = ctx.as(caller.actor);
  await own.guard.admit(own, { route: 'GET /chat/socket', proof: null });
  refuseWithoutFactor(caller.actor);
  for (const name of Object.keys(request.query as object)) {
    if (name !== 'ticket') throw invalidField(name, 'unknown-field', `${name} is not a parameter of this call.`);
  }
  return { ...caller, origin, continued: parseTraceparent(request.headers['traceparent']) !== null };
}

async function identify(ctx: Ctx, request: FastifyRequest): Promise<Omit<Caller, 'origin' | 'continued'>> {
  const { bearer, cookie } = credentialsOf(request);
  if (bearer !== undefined) return authenticateToken(ctx, bearer);
  const { ticket } = request.query as { ticket?: unknown };
  if (ticket !== undefined) return identifyByTicket(ctx, ticket);
  const token = cookie(accessCookie);
  if (token === undefined) {
    throw new Problem('unauthenticated', { detail: 'Send an access token as a cookie or as bearer, or a ticket.' });
  }
  const caller = await authenticateToken(ctx, token);
  const { publicUrl } = ctx.config.http;
  if (request.headers.origin === publicUrl.origin) return caller;
  throw new Problem('cross-site', {
    detail: `A socket with cookies is opened by a page of ${publicUrl.origin} (Origin header). Other clients use a ticket.`,
  });
}

async function identifyByTicket(ctx: Ctx, ticket: unknown): Promise<Omit<Caller, 'origin' | 'continued'>> {
  const session = typeof ticket === 'string' ? await takeTicket(ctx, ticket) : null;
  if (session === null) {
    throw new Problem('unauthenticated', { detail: 'The ticket is unknown, used, or older than 30 s. Get a new one.' });
  }
  const actor = await authenticateSession(ctx, session);
  // As long as an access token that is made now: by then the client has sent it one.
  return { actor, expiresAt: new Date(ctx.clock.now().getTime() + ACCESS_LIFETIME_S * 1000) };
}

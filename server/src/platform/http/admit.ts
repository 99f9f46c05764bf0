import { type Contract, proofHeader, type Who } from '@openward/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor, Ctx, Device, Origin } from '../../context.ts';
import { isUnavailable } from '../database/connect.ts';
import type { Entry } from '../guard.ts';
import { addressKey } from '../limits/address-key.ts';
import { CallLimits, limitHeaders } from '../limits/limit-headers.ts';
import type { Count, CountWords, LimitState } from '../limits/limiter.ts';
import { Problem } from '../problem.ts';
import { callerAddress } from './caller-address.ts';
import { refuseCrossSite } from './origin.ts';
import type { Route } from './route.ts';
import { asksForFactor, refuseWithoutFactor } from './second-factor.ts';

/** What a call brings to say who it is. */
export type Credentials = {
  bearer: string | undefined;
  /** The header Openward-Device of a login. */
  device: string | undefined;
  cookie(name: string): string | undefined;
};

/**
 * Credentials → the live session behind them, or null when there are none. @throws Problem 401, 403.
 * @param limitOf the limit of a call by an account. Where Redis says what the session is, it takes the points on the way: `counted` is then
 *   what came of it, and they are not to be taken again.
 */
export type Authenticate = (
  ctx: Ctx,
  credentials: Credentials,
  limitOf?: (accountId: string) => CountWords,
) => Promise<Caller | null>;

/** Who calls, and what came of counting the call on the way to their session. */
export type Caller = { actor: Actor; byCookie: boolean; counted: Count | null };

/** What mounting asks of identity. */
export type Doorkeeper = {
  authenticate: Authenticate;
  /** The device that a login comes from, if it was logged in from before. */
  recognizeDevice(ctx: Ctx, credentials: Credentials): Device | null;
  /** Somebody called what is for another role: it is refused, and this looks whether they make a habit of it. */
  noteWrongRole(ctx: Ctx, actor: Actor): Promise<void>;
};

/** Limit, guard, session, role, second factor: what is decided before anything of the call is read. */
export async function admit(
  root: Ctx,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  { authenticate, noteWrongRole, recognizeDevice }: Doorkeeper,
): Promise<Ctx> {
  const { contract, limit, weight = 1 } = route;
  if (route.hashes) root.passwords.refuseWhenFull();
  const device = limit === 'login' ? recognizeDevice(root, credentialsOf(request)) : null;
  const origin = originOf(request, device);
  const show = (state: LimitState) => void reply.headers(limitHeaders(state));
  const ctx = root.as(null, origin, new CallLimits(root.limits, show));
  const address = addressKey(origin.ip ?? '');
  const kind = limit === 'read' ? 'read' : 'write';
  const points = typeof weight === 'number' ? weight : weight(request.query as Record<string, unknown>);
  const own = `account.${kind}` as const;
  const limitOf = (accountId: string) => ctx.limits.asked(own, accountId, points);
  const countCaller = async ({ actor, counted }: Caller) => {
    request.caller = actor;
    if (counted === null) await ctx.limits.take(own, actor.accountId, points);
    else ctx.limits.taken(own, counted);
  };
  const entry = entryOf(contract, request);
  if (contract.who === 'anyone') {
    const reader = limit === 'read' ? await callerAmong(ctx, request, authenticate, limitOf) : null;
    if (reader !== null) await countCaller(reader);
    else if (device !== null) await ctx.limits.take('login.device', device.id);
    else if (limit === 'login' || limit === 'register') await ctx.limits.take(`${limit}.address`, address);
    else await ctx.limits.take(`address.${kind}`, address, points);
    if (ctx.guard.suspects(ctx)) {
      const caller = limit === 'read' ? reader : await callerAmong(ctx, request, authenticate);
      request.caller = caller?.actor;
      // What is held against an address is for those who do not say who they are.
      await ctx.guard.admit(caller === null ? ctx : ctx.as(caller.actor), entry);
    }
    return reader === null ? ctx : ctx.as(reader.actor);
  }

  const caller = await authenticate(ctx, credentialsOf(request), limitOf).catch(async (error: unknown) => {
    await ctx.limits.take(`address.${kind}`, address);
    await ctx.guard.admit(ctx, entry);
    throw error;
  });
  if (caller === null) {
    await ctx.limits.take(`address.${kind}`, address);
    await ctx.guard.admit(ctx, entry);
    throw withoutToken();
  }
  await countCaller(caller);
  const admitted = ctx.as(caller.actor);
  await admitted.guard.admit(admitted, entry);
  if (caller.byCookie && contract.method !== 'GET') refuseCrossSite(request.headers, ctx.config.http.publicUrl);
  if (!isFor(contract.who, caller.actor)) {
    await noteWrongRole(ctx, caller.actor);
    throw wrongRole(contract.who, caller.actor);
  }
  refuseUnready(contract, caller.actor);
  return admitted;
}

/**
 * The caller of a call whose body came after its head, once more: while it was on its way their session may have ended. Nothing is
 * counted again. @throws Problem 401, 403.
 */
export async function admitAgain(
  admitted: Ctx,
  contract: Contract,
  request: FastifyRequest,
  { authenticate }: Doorkeeper,
): Promise<Ctx> {
  const caller = await authenticate(admitted.as(null), credentialsOf(request));
  if (caller === null) throw withoutToken();
  refuseUnready(contract, caller.actor);
  return admitted.as(caller.actor);
}

function entryOf({ method, path }: Contract, { headers }: FastifyRequest): Entry {
  const proof = headers[proofHeader];
  return { route: `${method} ${path}`, proof: typeof proof === 'string' ? proof : undefined };
}

/** Who calls what is for everybody: null for who does not say so, or cannot be known. Nobody is refused for it. */
async function callerAmong(
  ctx: Ctx,
  request: FastifyRequest,
  authenticate: Authenticate,
  limitOf?: (accountId: string) => CountWords,
): Promise<Caller | null> {
  const { authorization, cookie } = request.headers;
  if (authorization === undefined && cookie === undefined) return null;
  return authenticate(ctx, credentialsOf(request), limitOf).catch((error: unknown) => {
    if (error instanceof Problem || isUnavailable(error)) return null;
    throw error;
  });
}

function isFor(who: Who, { role }: Actor): boolean {
  return typeof who === 'string' || who.includes(role);
}

function wrongRole(who: Who, { role }: Actor): Problem {
  const others = typeof who === 'string' ? who : who.join(' and ');
  return new Problem('forbidden', {
    detail: `This is for ${others} accounts; yours is ${role === 'admin' ? 'an' : 'a'} ${role} account.`,
  });
}

/** What somebody of the right role may still lack: an approval, a second factor. */
function refuseUnready(contract: Contract, actor: Actor): void {
  if (typeof contract.who !== 'string' && actor.role === 'doctor' && !actor.approved)
    throw new Problem('doctor-not-approved', { detail: 'An admin has to approve your account first.' });
  if (asksForFactor(contract)) refuseWithoutFactor(actor);
}

function withoutToken(): Problem {
  return new Problem('unauthenticated', { detail: 'Send an access token, as a cookie or as Authorization: Bearer.' });
}

export function originOf(request: FastifyRequest, device: Device | null = null): Origin {
  return {
    requestId: request.id,
    ip: callerAddress(request),
    userAgent: request.headers['user-agent']?.slice(0, 400) ?? null,
    trace: request.trace,
    device,
  };
}

export function credentialsOf(request: FastifyRequest): Credentials {
  const device = request.headers['openward-device'];
  return {
    bearer: bearerIn(request.headers.authorization),
    device: typeof device === 'string' ? device : undefined,
    cookie: (name) => request.cookies[name],
  };
}

/** What is no token is found out by whoever opens it. */
function bearerIn(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  return header.slice(0, scheme.length).toLowerCase() === scheme ? header.slice(scheme.length) : '';
}

const scheme = 'bearer ';

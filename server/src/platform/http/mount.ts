import type { Readable } from 'node:stream';
import { basePath, type Contract, proofHeader, type Who } from '@openward/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Actor, Ctx, Device, Origin } from '../../context.ts';
import type { Entry } from '../guard.ts';
import { addressKey } from '../limits/address-key.ts';
import { limitHeaders, limitsOfCall } from '../limits/limit-headers.ts';
import type { LimitState } from '../limits/limiter.ts';
import { type FieldError, notFound, Problem } from '../problem.ts';
import { callerAddress } from './caller-address.ts';
import { runOnce } from './idempotency.ts';
import { findBadText } from './json-body.ts';
import { takesIdempotencyKey } from './openapi/problems.ts';
import { refuseCrossSite } from './origin.ts';
import { type Http, type Route, routeLimits, sheddingOf } from './route.ts';
import { asksForFactor, refuseWithoutFactor } from './second-factor.ts';
import { sender } from './sender.ts';
import { within } from './trace-calls.ts';
import { mountUpload, readUpload } from './upload.ts';
import { compileValidator, fieldErrors } from './validation.ts';

/** What a call brings to say who it is. */
export type Credentials = {
  bearer: string | undefined;
  /** The header Openward-Device of a login. */
  device: string | undefined;
  cookie(name: string): string | undefined;
};

/** Credentials → the live session behind them, or null when there are none. @throws Problem 401, 403. */
export type Authenticate = (ctx: Ctx, credentials: Credentials) => Promise<{ actor: Actor; byCookie: boolean } | null>;

/** What mounting asks of identity. */
export type Doorkeeper = {
  authenticate: Authenticate;
  /** The device that a login comes from, if it was logged in from before. */
  recognizeDevice(ctx: Ctx, credentials: Credentials): Device | null;
  /** Somebody called what is for another role: it is refused, and this looks whether they make a habit of it. */
  noteWrongRole(ctx: Ctx, actor: Actor): Promise<void>;
};

/**
 * Mounts one row of a route table. The order is the contract's: rate limit, session, role, parameters and body, row.
 * @throws Error at boot for a route without a reply shape, a limit or somebody who may call.
 */
export function mountRoute(app: FastifyInstance, root: Ctx, route: Route, doorkeeper: Doorkeeper): void {
  const { contract } = route;
  refuseIncomplete(route);
  const shedding = sheddingOf(route);
  app.shedder.know(contract.method, basePath + contract.path, shedding);
  const validate = inputValidator(contract);
  const statuses = Object.keys(contract.replies).map(Number);
  const send = sender();
  const usualStatus = statuses.includes(201) ? 201 : (statuses[0] ?? 200);
  const mount = (scope: FastifyInstance) =>
    scope.route({
      method: contract.method,
      url: basePath + contract.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      schema: {
        response: Object.fromEntries(Object.entries(contract.replies).filter(([, schema]) => schema !== null)),
      },
      config: { path: contract.path },
      onRequest: async (request, reply) => {
        const publicRead = contract.who === 'anyone' && contract.method === 'GET';
        if (!publicRead) reply.header('cache-control', 'no-store');
        request.ctx = await within(request, () =>
          root.load.during(shedding.part, () => admit(root, route, request, reply, doorkeeper)),
        );
      },
      handler: async (request, reply) => {
        const input = validate(request);
        const key = request.headers['idempotency-key'];
        const http = httpOf(request, reply, contract);
        const once = typeof key === 'string' && takesIdempotencyKey(contract) && request.ctx.actor !== null;
        reply.code(usualStatus);
        const work = (ctx: Ctx) => within(request, () => route.run(ctx, input as never, http));
        // A file comes at its sender's pace: that is no load.
        const run =
          contract.upload === undefined
            ? (ctx: Ctx) => root.load.serve(shedding, ctx.actor !== null, () => work(ctx))
            : work;
        const answer = once
          ? await runOnce(request.ctx, key, [contract.method, contract.path, input], async (ctx) => {
              const body = await run(ctx);
              return { status: reply.statusCode, body };
            })
          : { status: reply.statusCode, body: await run(request.ctx) };
        if (http.streamed !== null) return reply.send(http.streamed);
        if (once) reply.code(answer.status);
        else if (contract.replies[reply.statusCode] === null && answer.body === undefined) return reply.send();
        return send(reply, answer.body);
      },
    });
  if (contract.upload === undefined) mount(app);
  else mountUpload(app, contract.upload.types, mount);
}

/** What the types ask for, asked again where no cast leads around it. */
function refuseIncomplete({ contract, limit }: Route): void {
  const { method, path, replies, who } = contract;
  const missing = [
    ...(Object.keys(replies ?? {}).length === 0 ? ['reply'] : []),
    ...(routeLimits.includes(limit) ? [] : ['limit']),
    ...(who === 'anyone' || who === 'logged-in' || (Array.isArray(who) && who.length > 0) ? [] : ['caller']),
  ];
  if (missing.length > 0) throw new Error(`${method} ${path} names no ${missing.join(', no ')}`);
}

/** Limit, guard, session, role, second factor: what is decided before anything of the call is read. */
async function admit(
  root: Ctx,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  { authenticate, noteWrongRole, recognizeDevice }: Doorkeeper,
): Promise<Ctx> {
  const { contract, limit, weight = 1 } = route;
  if (route.hashes) root.passwords.refuseWhenFull();
  const device = limit === 'login' ? recognizeDevice(root, credentialsOf(request)) : null;
  const origin = { ...originOf(request), device };
  const show = (state: LimitState) => void reply.headers(limitHeaders(state));
  const ctx = root.as(null, origin, limitsOfCall(root.limits, show));
  const address = addressKey(origin.ip ?? '');
  const kind = limit === 'read' ? 'read' : 'write';
  const points = typeof weight === 'number' ? weight : weight(request.query as Record<string, unknown>);
  if (device !== null) await ctx.limits.take('login.device', device.id);
  else if (limit === 'login' || limit === 'register') await ctx.limits.take(`${limit}.address`, address);
  else if (contract.who === 'anyone') await ctx.limits.take(`address.${kind}`, address, points);
  const entry = entryOf(contract, request);
  if (contract.who === 'anyone') {
    if (ctx.guard.suspects(ctx)) await admitSuspect(ctx, request, entry, authenticate);
    return ctx;
  }

  const caller = await authenticate(ctx, credentialsOf(request)).catch(async (error: unknown) => {
    await ctx.limits.take(`address.${kind}`, address);
    await ctx.guard.admit(ctx, entry);
    throw error;
  });
  if (caller === null) {
    await ctx.limits.take(`address.${kind}`, address);
    await ctx.guard.admit(ctx, entry);
    throw new Problem('unauthenticated', { detail: 'Send an access token, as a cookie or as Authorization: Bearer.' });
  }
  await ctx.limits.take(`account.${kind}`, caller.actor.accountId, points);
  request.caller = caller.actor;
  const own = ctx.as(caller.actor);
  await own.guard.admit(own, entry);
  if (caller.byCookie && contract.method !== 'GET') refuseCrossSite(request.headers, ctx.config.http.publicUrl);
  if (!isFor(contract.who, caller.actor)) {
    await noteWrongRole(ctx, caller.actor);
    throw wrongRole(contract.who, caller.actor);
  }
  refuseUnapproved(contract.who, caller.actor);
  if (asksForFactor(contract)) refuseWithoutFactor(caller.actor);
  return own;
}

function entryOf({ method, path }: Contract, { headers }: FastifyRequest): Entry {
  const proof = headers[proofHeader];
  return { route: `${method} ${path}`, proof: typeof proof === 'string' ? proof : undefined };
}

/** What is held against an address is for those who do not say who they are: somebody with a session behind it goes on. */
async function admitSuspect(
  ctx: Ctx,
  request: FastifyRequest,
  entry: Entry,
  authenticate: Authenticate,
): Promise<void> {
  const caller = await authenticate(ctx, credentialsOf(request)).catch((error: unknown) => {
    if (error instanceof Problem) return null;
    throw error;
  });
  request.caller = caller?.actor;
  await ctx.guard.admit(caller === null ? ctx : ctx.as(caller.actor), entry);
}

function isFor(who: Who, { role }: Actor): boolean {
  return typeof who === 'string' || who.includes(role);
}

function wrongRole(who: Who, { role }: Actor): Problem {
  const others = typeof who === 'string' ? who : who.join(' and ');
  return new Problem('forbidden', { detail: `This is for ${others} accounts; yours is a ${role} account.` });
}

function refuseUnapproved(who: Who, { role, approved }: Actor): void {
  if (typeof who !== 'string' && role === 'doctor' && !approved)
    throw new Problem('doctor-not-approved', { detail: 'An admin has to approve your account first.' });
}

export function originOf(request: FastifyRequest): Origin {
  return {
    requestId: request.id,
    ip: callerAddress(request),
    userAgent: request.headers['user-agent']?.slice(0, 400) ?? null,
    trace: request.trace,
  };
}

export function credentialsOf(request: FastifyRequest): Credentials {
  const header = request.headers.authorization;
  const [, bearer] = /^Bearer ([^\s]+)$/i.exec(header ?? '') ?? [];
  const device = request.headers['openward-device'];
  return {
    bearer: header === undefined ? undefined : (bearer ?? ''),
    device: typeof device === 'string' ? device : undefined,
    cookie: (name) => request.cookies[name],
  };
}

function httpOf(
  request: FastifyRequest,
  reply: FastifyReply,
  contract: Contract,
): Http & { readonly streamed: Readable | null } {
  let streamed: Readable | null = null;
  return {
    headers: request.headers,
    cookie: (name) => request.cookies[name],
    setCookie: (name, value, { path, maxAgeS }) =>
      void reply.setCookie(name, value, { path, maxAge: maxAgeS, httpOnly: true, secure: true, sameSite: 'strict' }),
    status: (code) => void reply.code(code),
    header: (name, value) => void reply.header(name, value),
    upload: () => readUpload(request, reply, contract),
    stream: (content) => {
      streamed = content;
    },
    get streamed() {
      return streamed;
    },
  };
}

const noMembers = { type: 'object', properties: {}, additionalProperties: false };

/** Parameters, query and body → one flat input. Every wrong field is named; a malformed id is the 404 of a missing one. */
function inputValidator(contract: Contract): (request: FastifyRequest) => Record<string, unknown> {
  const params = compileValidator(contract.params ?? noMembers, 'params');
  const query = compileValidator(contract.query ?? noMembers, 'query');
  const body = contract.method === 'GET' ? null : compileValidator(contract.body ?? noMembers, 'body');
  const [readPath, readQuery, lowerCase] = [
    numberReader(contract.params),
    numberReader(contract.query),
    lowerCaser(contract.params),
  ];
  return (request) => {
    const path = readPath(lowerCase(request.params as Record<string, unknown>));
    if (!params(path)) throw notFound();
    const errors: FieldError[] = [];
    const search = readQuery(request.query as Record<string, unknown>);
    const badText = findBadText(search, '', 0);
    if (badText !== null) errors.push(badText);
    if (!query(search)) errors.push(...fieldErrors(query.errors));
    // No body is an empty one; null is a body, and a wrong one.
    const content = request.body === undefined ? {} : request.body;
    if (body !== null && contract.upload === undefined && !body(content)) errors.push(...fieldErrors(body.errors));
    if (errors.length > 0)
      throw new Problem('invalid-request', { detail: errors.map(({ detail }) => detail).join(' '), errors });
    return { ...path, ...search, ...(body === null || contract.upload !== undefined ? {} : (content as object)) };
  };
}

/** Which members of a schema are so; most routes have none, and nothing to go through for each call. */
function namesWhere(schema: Contract['query'], is: (shape: { type?: string; format?: string }) => boolean): string[] {
  const shapes: Record<string, { type?: string; format?: string }> = schema?.properties ?? {};
  return Object.keys(shapes).filter((name) => is(shapes[name] ?? {}));
}

/** Ids in small letters, as they are kept. */
function lowerCaser(schema: Contract['params']): (texts: Record<string, unknown>) => Record<string, unknown> {
  const ids = namesWhere(schema, ({ format }) => format === 'uuid');
  return (texts) => {
    const changed = ids.filter((name) => typeof texts[name] === 'string');
    if (changed.length === 0) return texts;
    return { ...texts, ...Object.fromEntries(changed.map((name) => [name, String(texts[name]).toLowerCase()])) };
  };
}

/** What is to be a number is one in plain digits: coercion alone takes `0x10`, `1e1` and ` 5` too. */
function numberReader(schema: Contract['query']): (texts: Record<string, unknown>) => Record<string, unknown> {
  const numbers = namesWhere(schema, ({ type }) => type === 'integer' || type === 'number');
  const isOdd = (value: unknown) => typeof value === 'string' && !/^-?\d+(\.\d+)?$/.test(value);
  return (texts) => {
    // Coercion writes into what it is given.
    const read = { ...texts };
    for (const name of numbers) if (isOdd(read[name])) read[name] = Number.NaN;
    return read;
  };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The context of this call: set once limit, session and role have been passed. */
    ctx: Ctx;
  }
}

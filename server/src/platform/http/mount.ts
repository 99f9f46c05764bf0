import { basePath, type Contract } from '@openward/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Ctx } from '../../context.ts';
import { admit, admitAgain, type Doorkeeper } from './admit.ts';
import { CallHttp } from './call-http.ts';
import { runOnce } from './idempotency.ts';
import { takesIdempotencyKey } from './openapi/problems.ts';
import { inputValidator } from './read-input.ts';
import { type Route, routeLimits, sheddingOf } from './route.ts';
import { sender } from './sender.ts';
import { within } from './trace-calls.ts';
import { mountUpload } from './upload.ts';

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
  const work = (ctx: Ctx, request: FastifyRequest, input: object, http: CallHttp) =>
    within(request, () => route.run(ctx, input as never, http));
  // A file comes at its sender's pace: that is no load.
  const run: typeof work =
    contract.upload !== undefined
      ? work
      : (ctx, ...call) => root.load.serve(shedding, ctx.actor !== null, () => work(ctx, ...call));
  const atDoor = (request: FastifyRequest, work: () => Promise<Ctx>) =>
    root.load.during(shedding.part, () => within(request, work));
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
        request.ctx = await atDoor(request, () => admit(root, route, request, reply, doorkeeper));
        // What somebody reads of themselves may be theirs alone.
        if (publicRead && request.ctx.actor !== null) reply.header('cache-control', 'no-store');
        // A file is taken in as it comes: nothing waits for the end of it.
        request.isLate = contract.upload === undefined && request.ctx.actor !== null && !request.raw.complete;
      },
      handler: async (request, reply) => {
        if (request.isLate)
          request.ctx = await atDoor(request, () => admitAgain(request.ctx, contract, request, doorkeeper));
        const input = validate(request);
        const http = new CallHttp(request, reply, contract);
        reply.code(usualStatus);
        const key = onceKeyOf(request, contract);
        if (key !== null) {
          const once = await runOnce(request.ctx, key, [contract.method, contract.path, input], async (ctx) => {
            const body = await run(ctx, request, input, http);
            return { status: reply.statusCode, body };
          });
          reply.code(once.status);
          return send(reply, once.body);
        }
        const body = await run(request.ctx, request, input, http);
        if (http.streamed !== null) return reply.send(http.streamed);
        if (body === undefined && contract.replies[reply.statusCode] === null) return reply.send();
        return send(reply, body);
      },
    });
  if (contract.upload === undefined) mount(app);
  else mountUpload(app, contract.upload.types, mount);
}

/** The key of what is to be done only once. */
function onceKeyOf({ headers, ctx }: FastifyRequest, contract: Contract): string | null {
  const key = headers['idempotency-key'];
  return typeof key === 'string' && ctx.actor !== null && takesIdempotencyKey(contract) ? key : null;
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

declare module 'fastify' {
  interface FastifyRequest {
    /** The context of this call: set once limit, session and role have been passed. */
    ctx: Ctx;
    /** Its body was not there yet when the caller's session was compared: it may be held back for long, so that is done once more. */
    isLate: boolean;
  }
}

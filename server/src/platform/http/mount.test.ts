import { basePath, type Contract } from '@openward/contracts';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, recognizeDevice, recordWrongRole } from '#server/modules/identity/index.ts';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { RawConnection, requestText } from '../../../test/raw-connection.ts';
import type { Doorkeeper } from './admit.ts';
import { mountRoute } from './mount.ts';
import { type Route, serve } from './route.ts';
import { createHttpServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const things = {
  method: 'GET',
  path: '/things',
  area: 'Care',
  summary: 'Things.',
  who: 'anyone',
  replies: { 200: Type.Object({ shown: Type.String() }, { additionalProperties: false }) },
  errors: [],
} as const satisfies Contract;

const door: Doorkeeper = { authenticate, recognizeDevice, noteWrongRole: recordWrongRole };

async function appWith(...routes: Route[]): Promise<FastifyInstance> {
  const app = await createHttpServer(server.ctx);
  for (const route of routes) mountRoute(app, server.ctx, route, door);
  return app;
}

describe('a route cannot be mounted', () => {
  const complete: Route = { contract: things, limit: 'read', run: async () => ({ shown: 'x' }) };
  const broken: [what: string, route: unknown][] = [
    ['limit', { ...complete, limit: undefined }],
    ['limit', { ...complete, limit: 'none' }],
    ['reply', { ...complete, contract: { ...things, replies: {} } }],
    ['reply', { ...complete, contract: { ...things, replies: undefined } }],
    ['caller', { ...complete, contract: { ...things, who: undefined } }],
    ['caller', { ...complete, contract: { ...things, who: [] } }],
  ];

  it.each(broken)('without its %s (%#)', async (what, route) => {
    await expect(appWith(route as Route)).rejects.toThrow(`GET /things names no ${what}`);
  });

  it('twice', async () => {
    await expect(appWith(complete, complete)).rejects.toThrow(/already declared/);
  });

  it('nor written without a limit, or with a use case that answers another shape', () => {
    // @ts-expect-error the limit is missing
    serve(things, async () => ({ shown: 'x' }));
    // @ts-expect-error the reply is another
    serve(things, 'read', async () => ({ hidden: 'x' }));
    expect(serve(things, 'read', async () => ({ shown: 'x' })).limit).toBe('read');
  });
});

describe('a reply', () => {
  it('holds what its contract declares and nothing else', async () => {
    const run = async () => ({ shown: 'yes', passwordHash: 'no', complaint: 'no' });
    const app = await appWith({ contract: things, limit: 'read', run });
    const reply = await app.inject({ url: `${basePath}/things` });
    expect([reply.statusCode, reply.json()]).toEqual([200, { shown: 'yes' }]);
    await app.close();
  });

  it('that is frozen, as copies are, is written out once, and holds no more', async () => {
    let asked = 0;
    const copy = Object.freeze({
      get shown() {
        asked += 1;
        return 'yes';
      },
      complaint: 'no',
    });
    const app = await appWith({ contract: things, limit: 'read', run: async () => copy });
    for (let n = 0; n < 3; n += 1) {
      const reply = await app.inject({ url: `${basePath}/things` });
      expect([reply.statusCode, reply.headers['content-type'], reply.body]).toEqual([
        200,
        'application/json; charset=utf-8',
        '{"shown":"yes"}',
      ]);
    }
    expect(asked).toBe(1);
    await app.close();
  });

  it('that lacks what its contract declares is a 500 that tells nothing, and the process goes on', async () => {
    const nothing = async () => ({});
    const failing = async () => {
      throw new Error('relation "secrets" does not exist at /srv/openward/x.ts:1');
    };
    const app = await appWith(
      { contract: things, limit: 'read', run: nothing },
      { contract: { ...things, path: '/failing' }, limit: 'read', run: failing },
    );
    for (const path of ['/things', '/failing', '/things']) {
      const reply = await app.inject({ url: basePath + path });
      expect([reply.statusCode, reply.json().code]).toEqual([500, 'internal-error']);
      expect(reply.body).not.toMatch(/shown|secrets|srv|\.ts/);
      expect(reply.headers['content-type']).toContain('application/problem+json');
    }
    await app.close();
  });
});

describe('the session behind a call', () => {
  /** Whether each look at the session counted the call. */
  const looks: boolean[] = [];
  let app: FastifyInstance;
  let url: string;
  let authorization: string;
  let waitsForBody = () => {};
  beforeAll(async () => {
    const person = await server.people.patient();
    authorization = `Bearer ${person.accessToken}`;
    const watched: Doorkeeper = {
      ...door,
      authenticate: (ctx, credentials, limitOf) => {
        looks.push(limitOf !== undefined);
        return authenticate(ctx, credentials, limitOf);
      },
    };
    const posted = { ...things, method: 'POST', who: 'logged-in', body: Type.Object({}) } as const;
    app = await createHttpServer(server.ctx);
    app.addHook('preParsing', async () => waitsForBody());
    mountRoute(app, server.ctx, { contract: posted, limit: 'write', run: async () => ({ shown: 'yes' }) }, watched);
    url = await app.listen({ host: '127.0.0.1', port: 0 });
  });
  afterAll(() => app.close());

  it('is compared once where the body came along with the head', async () => {
    looks.length = 0;
    const headers = { authorization, 'content-type': 'application/json' };
    const { status } = await fetch(`${url}${basePath}/things`, { method: 'POST', headers, body: '{"a":1}' });
    expect([status, looks]).toEqual([200, [true]]);
  });

  it('is compared once more where the body came later, and the call is counted once', async () => {
    looks.length = 0;
    const letIn = new Promise<void>((resolve) => {
      waitsForBody = resolve;
    });
    const connection = await RawConnection.open(url);
    const head = [`authorization: ${authorization}`, 'content-type: application/json', 'content-length: 7'];
    connection.write(requestText(`${basePath}/things`, head, 'POST'));
    await letIn;
    connection.write('{"a":1}');
    await eventually('an answer', () => connection.statuses.length > 0);
    expect([connection.statuses, looks]).toEqual([[200], [true, false]]);
    await connection.close();
  });
});

describe('a trace that comes in', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';

  it('is continued with the same trace id and a span of our own', async () => {
    for (const flags of ['00', '01']) {
      const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-${flags}` };
      const answer = await server.api('GET', '/specialties', undefined, { headers });
      const [version, id, span, echoed] = (answer.headers.get('traceparent') ?? '').split('-');
      expect([version, id, echoed]).toEqual(['00', traceId, flags]);
      expect(span).toMatch(/^[0-9a-f]{16}$/);
      expect(span).not.toBe('b7ad6b7169203331');
    }
  });

  it.each([
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-b7ad6b7169203331-01`,
    `ff-${traceId}-b7ad6b7169203331-01`,
    'x',
  ])('is left alone when it is %s', async (traceparent) => {
    const { status, headers } = await server.api('GET', '/specialties', undefined, { headers: { traceparent } });
    expect([status, headers.get('traceparent')]).toEqual([200, null]);
  });

  it('does not choose the request id: that is ours, and new each time', async () => {
    const headers = { 'x-request-id': 'chosen', 'request-id': 'chosen' };
    const ids = new Set<string | null>();
    for (let call = 0; call < 3; call += 1) {
      ids.add((await server.api('GET', '/specialties', undefined, { headers })).headers.get('x-request-id'));
    }
    expect(ids.size).toBe(3);
    expect(ids).not.toContain('chosen');
  });
});

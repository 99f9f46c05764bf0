import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { isUnavailable } from '../../src/platform/database/connect.ts';
import { connectionOf } from '../../src/platform/database/database-url.ts';
import { pickPort } from '../../src/platform/database/embedded/postmaster.ts';
import { startBalancer, type TestBalancer } from '../balancer.ts';
import { runMain } from '../command.ts';
import { eventually } from '../eventually.ts';
import type { Cleanup } from '../faults/cluster/cleanup.ts';
import { nodeEnvironment, type Stand, watchUsage } from '../faults/cluster/cluster.ts';
import { ClusterNode } from '../faults/cluster/node.ts';
import type { NewEvent } from '../faults/history.ts';
import { startMailbox } from '../mailbox.ts';
import { redisIsInstalled, startRedis, type TestRedis } from '../redis.ts';
import { type PostgresPair, startPostgresPair } from '../standby.ts';

const roles = ['api', 'chat', 'worker'] as const;
const nodesOfEach = 2;
/** Several times what the balancers need to see that a node is stopping. */
const drainMs = 1000;
/** On the nodes alone it is a second; six of them and all their callers on two cores, beside who knows what, are judged by what comes, not by when. */
const convergeWithinMs = 60_000;
/** That the machine is busy is no reason to send a call away: it is to be heard of what a restart does. */
const patientBounds = {
  ...{ load: { databaseWaitMs: 60_000 }, write: { maxWaitMs: 30_000 } },
  http: { bodyGraceMs: 60_000 },
};

export type Node = Awaited<ReturnType<typeof openNode>>;

/** The product on many machines, on one: two nodes of each role, two balancers before them, a primary with its synchronous standby, a Redis. */
export type ClusterStand = Omit<Stand, 'nodes' | 'doors'> & {
  doors: readonly TestBalancer[];
  nodes: readonly Node[];
  pair: PostgresPair;
  redis: TestRedis | null;
  /** So long a node serves on when it was told to stop. */
  drainMs: number;
  stop(): Promise<void>;
};

export async function startStand(
  program: string,
  cleanup: Cleanup,
  say: (line: string) => void,
): Promise<ClusterStand> {
  const folder = mkdtempSync(join(tmpdir(), 'openward-cluster-'));
  chmodSync(folder, 0o711);
  cleanup.add(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const names = { main: 'openward', chat: 'openward_chat' };
  const [pair, redis, mailbox] = await Promise.all([
    startPostgresPair(Object.values(names), cleanup),
    redisIsInstalled ? startRedis() : null,
    startMailbox(),
  ]);
  say('The databases are up.');
  const urls = { main: pair.url(names.main), chat: pair.url(names.chat) };
  const environment = { ...nodeEnvironment(folder, mailbox.url, patientBounds), STOP_DRAIN_MS: `${drainMs}` };
  const settings = { ...environment, DATABASE_URL: urls.main, CHAT_DATABASE_URL: urls.chat };
  const command = async (...args: string[]) => {
    const run = runMain(args, settings, program);
    if ((await run.ended) !== 0) throw new Error(`${args.join(' ')} failed:\n${run.output()}`);
    return run.output();
  };
  await command('keys', 'generate');

  let listener: ((event: NewEvent) => void) | null = null;
  const tell = (event: NewEvent) => listener?.(event);
  const opened = roles.flatMap((role) =>
    Array.from({ length: nodesOfEach }, (_, index) =>
      openNode({ role, number: index + 1, program, environment, cleanup, urls, redis: redis?.url ?? null, tell }),
    ),
  );
  const nodes = await Promise.all(opened);
  // All at once on an empty database: one of them makes the schema.
  await Promise.all(nodes.map((node) => node.start().then(() => say(`${node.name} is ready.`))));
  const urlsOf = (role: (typeof roles)[number]) => nodes.filter((node) => node.role === role).map(({ url }) => url);
  const doors = await Promise.all(
    ['door-1', 'door-2'].map((name) => startBalancer(name, { api: urlsOf('api'), chat: urlsOf('chat') })),
  );
  const unwatch = watchUsage(nodes, tell);
  return {
    ...{ doors, nodes, pair, redis, mailbox, command, convergeWithinMs, drainMs },
    chat: { query: (statement, values) => queryAt(urls.chat, statement, values) },
    listen: (next) => {
      listener = next;
    },
    stop: async () => {
      unwatch();
      await Promise.all(nodes.map((node) => node.close()));
      await Promise.all([...doors.map((door) => door.stop()), pair.stop(), redis?.stop(), mailbox.stop()]);
      cleanup.run();
    },
  };
}

async function openNode(options: {
  role: (typeof roles)[number];
  number: number;
  program: string;
  environment: Record<string, string>;
  cleanup: Cleanup;
  urls: { main: string; chat: string };
  redis: string | null;
  tell(event: NewEvent): void;
}) {
  const { role, number, program, environment, cleanup, urls, redis, tell } = options;
  const node = ClusterNode.openDirect({
    ...{ name: `${role}-${number}`, port: await pickPort(), program, roles: role, environment, cleanup },
    targets: { ...urls, redis },
    onExit: (exit) => tell({ kind: 'exit', ...exit }),
  });
  return Object.assign(node, { role });
}

/** At whichever server is the primary, once there is one. */
async function queryAt<T extends pg.QueryResultRow>(url: string, statement: string, values?: unknown[]): Promise<T[]> {
  const found = await eventually(
    'the primary answers',
    () =>
      tryAt<T>(url, statement, values).then(
        (rows) => ({ rows }),
        (error: unknown) => {
          if (isUnavailable(error)) return null;
          throw error;
        },
      ),
    120_000,
  );
  return found.rows;
}

async function tryAt<T extends pg.QueryResultRow>(url: string, statement: string, values?: unknown[]): Promise<T[]> {
  const client = new pg.Client({ ...connectionOf(url), connectionTimeoutMillis: 20_000, query_timeout: 60_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query<T>(statement, values)).rows ?? [];
  } finally {
    await client.end().catch(() => {});
  }
}

import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limits } from '../../../src/limits.ts';
import { pickPort } from '../../../src/platform/database/embedded/postmaster.ts';
import { runMain } from '../../command.ts';
import { type Mailbox, startMailbox } from '../../mailbox.ts';
import { redisIsInstalled, startRedis, type TestRedis } from '../../redis.ts';
import type { NewEvent } from '../history.ts';
import { FaultyCitus } from './citus.ts';
import type { Cleanup } from './cleanup.ts';
import { ClusterNode } from './node.ts';
import { type FaultyDatabase, FaultyPostgres } from './postgres.ts';
import { findPrevious, type PreviousVersion } from './previous-version.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';

/** Debian's package; a node that is started with it has a clock that the harness turns. */
const fakeTimeLibraries = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map(
  (machine) => `/usr/lib/${machine}/faketime/libfaketime.so.1`,
);

/** What a round needs of the product, however it is set up. */
export type Stand = {
  /** Where clients call: the nodes themselves, or what stands before them. */
  doors: readonly { name: string; url: string }[];
  nodes: readonly Pick<ClusterNode, 'name' | 'startIfEnded' | 'output'>[];
  chat: Pick<FaultyDatabase, 'query'>;
  mailbox: Mailbox;
  /** How soon after the end of a fault every client is to have everything. */
  convergeWithinMs: number;
  /** Runs a command of the product's command line beside the nodes. @throws Error with its output when it fails. */
  command(...args: string[]): Promise<string>;
  /** Whoever wants to know of the nodes. One at a time: the round that runs. */
  listen(listener: ((event: NewEvent) => void) | null): void;
};

/**
 * The product as it runs in earnest: nodes as processes, the databases on two PostgreSQL servers, a Redis where one is installed,
 * an SMTP server, and between each node and each server a proxy.
 */
export type Cluster = Omit<Stand, 'nodes' | 'chat'> & {
  folder: string;
  nodes: readonly ClusterNode[];
  main: FaultyDatabase;
  chat: FaultyDatabase;
  /** The chat database, where it is distributed. */
  citus: FaultyCitus | null;
  redis: TestRedis | null;
  /** The disk of the chat database, where it could be given one of its own. */
  disk: SmallDisk | null;
  /** What a node is started with so that `setClock` turns its clock. Null: libfaketime is not installed. */
  clock: { environment: Record<string, string>; set(offset: string): void } | null;
  /** The version that an update to this one comes from. */
  previous: PreviousVersion;
  stop(): Promise<void>;
};

const nodeCount = 2;
const convergeWithinMs = 10_000;
/** How often the memory and descriptors of the nodes are looked at. */
const usageEveryMs = 500;

type Options = {
  /** The commit before, where the usual one is not meant. */
  previous?: string | undefined;
  /** The chat database on Citus, which has to be installed. */
  onCitus?: boolean;
};

/** @param program the main.ts of the nodes */
export async function startCluster(
  program: string,
  cleanup: Cleanup,
  { previous, onCitus = false }: Options = {},
): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'openward-faults-'));
  // PostgreSQL may run as another user, who has to get through.
  chmodSync(folder, 0o711);
  cleanup.add(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const disk = onCitus ? null : mountSmallDisk(folder, cleanup);
  const dataDir = (parent: string, name: string) => {
    mkdirSync(join(parent, name), { mode: 0o711 });
    return join(parent, name);
  };
  const startChat = () =>
    FaultyPostgres.start({
      ...{ name: 'chat', dataDir: dataDir(disk?.folder ?? folder, 'chat'), database: 'openward_chat', cleanup },
    });
  const [main, chat, redis, mailbox] = await Promise.all([
    FaultyPostgres.start({ name: 'main', dataDir: dataDir(folder, 'main'), database: 'openward', cleanup }),
    onCitus ? FaultyCitus.start(folder, cleanup) : startChat(),
    redisIsInstalled ? startRedis() : null,
    startMailbox(),
  ]);
  const layout = { CHAT_DISTRIBUTED: onCitus ? 'citus' : 'off' };
  const environment = { ...nodeEnvironment(folder, mailbox.url), ...layout };
  const direct = { ...environment, DATABASE_URL: main.url, CHAT_DATABASE_URL: chat.url };
  const command = async (...args: string[]) => {
    const run = runMain(args, direct, program);
    if ((await run.ended) !== 0) throw new Error(`${args.join(' ')} failed:\n${run.output()}`);
    return run.output();
  };
  await command('keys', 'generate');
  await command('migrate');

  let listener: ((event: NewEvent) => void) | null = null;
  const nodes: ClusterNode[] = [];
  for (let number = 1; number <= nodeCount; number += 1) {
    const node = await ClusterNode.open({
      ...{ name: `node-${number}`, port: await pickPort(), program, environment, cleanup },
      targets: { main: main.url, chat: chat.url, redis: redis?.url ?? null },
      onExit: (exit) => listener?.({ kind: 'exit', ...exit }),
    });
    nodes.push(node);
  }
  await Promise.all(nodes.map((node) => node.start()));
  const unwatch = watchUsage(nodes, (event) => listener?.(event));
  return {
    ...{ folder, nodes, doors: nodes, main, chat, redis, mailbox, disk, command, convergeWithinMs },
    citus: chat instanceof FaultyCitus ? chat : null,
    clock: fakeClock(folder),
    previous: findPrevious(previous),
    listen: (next) => {
      listener = next;
    },
    stop: async () => {
      unwatch();
      await Promise.all(nodes.map((node) => node.close()));
      await Promise.all([main.stop(), chat.stop(), redis?.stop(), mailbox.stop()]);
      cleanup.run();
    },
  };
}

/** Tells what each node's process uses, again and again. @returns what ends it */
export function watchUsage(
  nodes: readonly Pick<ClusterNode, 'name' | 'usage'>[],
  tell: (event: NewEvent) => void,
): () => void {
  const watch = setInterval(() => {
    for (const { name, usage } of nodes) if (usage !== null) tell({ kind: 'usage', node: name, ...usage });
  }, usageEveryMs);
  return () => clearInterval(watch);
}

/** The settings of a node whose files are in a folder of the test's, with limits that nobody runs into, and these bounds of what is no rate. */
export function nodeEnvironment(
  folder: string,
  smtpUrl: string,
  bounds: Record<string, Record<string, number>> = {},
): Record<string, string> {
  const limitsFile = join(folder, 'limits.json');
  const roomy = Object.keys(limits).map((name) => [name, { points: 1_000_000, windowS: 60 }]);
  // That a machine which does much else is late sends nobody away: what comes of that is measured by test:floods.
  const load = { delayMs: 60_000, ...bounds['load'] };
  writeFileSync(limitsFile, JSON.stringify({ ...Object.fromEntries(roomy), ...bounds, load }));
  return {
    NODE_ENV: 'test',
    PUBLIC_URL: 'https://portal.openward.test',
    DATA_DIR: folder,
    KEYS_DIR: join(folder, 'keys'),
    SMTP_URL: smtpUrl,
    LIMITS_FILE: limitsFile,
    BCRYPT_COST: '4',
    LOG_LEVEL: 'warn',
  };
}

function fakeClock(folder: string): Cluster['clock'] {
  const library = fakeTimeLibraries.find((file) => existsSync(file));
  if (library === undefined) return null;
  const file = join(folder, 'clock');
  const set = (offset: string) => writeFileSync(file, offset);
  set('+0');
  const environment = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    // A jump of the wall clock; timers go by the other one.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  };
  return { environment, set };
}

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type Config, readConfig } from '../src/config.ts';
import type { Platform } from '../src/context.ts';
import type { DatabaseUrls } from '../src/databases.ts';
import { limits } from '../src/limits.ts';
import { createLog, type Logger } from '../src/platform/log.ts';
import type { RoleName } from '../src/roles.ts';
import { type RunningNode, startNode } from '../src/start-node.ts';
import { databaseUrl, execute } from './admin-connection.ts';
import { cloneCitusDatabase, createCitusDatabase } from './citus/citus-databases.ts';
import { createPeople, type People } from './factories.ts';
import { type Api, createApi } from './http.ts';
import { type Mailbox, startMailbox } from './mailbox.ts';

export { eventually } from './eventually.ts';

/** For parts that are tested without a server around them. */
export const silentLog = createLog({ env: 'test', logLevel: 'silent' });

/** Where browsers would be: the one origin that cookies may come from. */
export const origin = 'https://portal.openward.test';

export type TestServer = Pick<RunningNode, 'ctx' | 'url'> & {
  config: Config;
  urls: DatabaseUrls;
  /** Calls as nobody. `people` make callers with a session. */
  api: Api;
  people: People;
  /** What a real SMTP server received. */
  mailbox: Mailbox;
  /** Another node on the same databases, in an environment that may differ in part. Stopped with the server. */
  addNode(options?: NodeOptions): Promise<RunningNode>;
  stop(): Promise<void>;
};

type NodeOptions = {
  roles?: RoleName[];
  environment?: Record<string, string | undefined>;
  overrides?: Partial<Platform>;
  /** For tests of what is logged. */
  log?: Logger;
};

/** Limits that tests do not run into; a test of a limit sets its own. */
const roomyLimits = Object.fromEntries(Object.keys(limits).map((name) => [name, { points: 100_000, windowS: 60 }]));

/** Tests share the cores with others: a busy machine is not to send away what they ask. */
const roomyLoad = { delayMs: 60_000, databaseWaitMs: 60_000, waitingMessages: 100_000, underWay: 100_000 };

/** A whole product on clones of the template databases: one for each test file. */
export async function startTestServer(options: NodeOptions & { limits?: Config['limits'] } = {}): Promise<TestServer> {
  const urls = await cloneDatabases();
  const mailbox = await startMailbox();
  const dataDir = await mkdtemp(join(tmpdir(), 'openward-test-'));
  const configure = (environment: NodeOptions['environment']): Config => ({
    ...readConfig({
      NODE_ENV: 'test',
      PORT: '0',
      PUBLIC_URL: origin,
      DATABASE_URL: urls.main,
      CHAT_DATABASE_URL: urls.chat,
      CHAT_DISTRIBUTED: chatLayout(),
      KEYS_DIR: inject('keysDir'),
      DATA_DIR: dataDir,
      SMTP_URL: mailbox.url,
      BCRYPT_COST: '4',
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
      TRUST_PROXY: '127.0.0.1',
      // For a run of every test with a Redis: TEST_REDIS_URL=redis://127.0.0.1:6379 npm test
      REDIS_URL: process.env['TEST_REDIS_URL'],
      ...environment,
    }),
    limits: { ...roomyLimits, load: roomyLoad, ...options.limits },
  });
  const config = configure(options.environment);
  const nodes: RunningNode[] = [];
  const addNode = async ({ roles = ['api', 'chat', 'worker'], environment, overrides = {}, log }: NodeOptions = {}) => {
    const config = configure({ ...options.environment, ...environment });
    const node = await startNode({ config, urls, roles, log: log ?? createLog(config), overrides });
    nodes.push(node);
    return node;
  };
  const first = await addNode(options);
  return {
    ctx: first.ctx,
    url: first.url,
    config,
    urls,
    api: createApi(first.url),
    people: createPeople(first.ctx, first.url),
    mailbox,
    addNode,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      await mailbox.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** As CHAT_DISTRIBUTED names it: how the chat databases of this run are laid out. */
export function chatLayout(): 'off' | 'citus' {
  return inject('postgres').citus === null ? 'off' : 'citus';
}

/** Databases of one's own, equal to the templates. */
export async function cloneDatabases(): Promise<DatabaseUrls> {
  const { adminUrl, templates, citus } = inject('postgres');
  const names = newNames();
  await execute(adminUrl, `CREATE DATABASE ${names.main} TEMPLATE ${templates.main}`);
  const main = databaseUrl(adminUrl, names.main);
  if (citus !== null)
    return { main, chat: await cloneCitusDatabase(citus, { name: names.chat, template: templates.chat }) };
  await execute(adminUrl, `CREATE DATABASE ${names.chat} TEMPLATE ${templates.chat}`);
  return { main, chat: databaseUrl(adminUrl, names.chat) };
}

/** Databases of one's own without a table. */
export async function emptyDatabases(): Promise<DatabaseUrls> {
  const { adminUrl, citus } = inject('postgres');
  const names = newNames();
  await execute(adminUrl, `CREATE DATABASE ${names.main}`);
  const main = databaseUrl(adminUrl, names.main);
  if (citus !== null) return { main, chat: await createCitusDatabase(citus, names.chat) };
  await execute(adminUrl, `CREATE DATABASE ${names.chat}`);
  return { main, chat: databaseUrl(adminUrl, names.chat) };
}

function newNames(): DatabaseUrls {
  const name = `${inject('postgres').run}_${randomBytes(5).toString('hex')}`;
  return { main: `${name}_main`, chat: `${name}_chat` };
}

import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '../../src/platform/database/embedded/binaries.ts';
import { pickPort } from '../../src/platform/database/embedded/postmaster.ts';
import type { Cleanup } from '../faults/cluster/cleanup.ts';
import { type Mailbox, startMailbox } from '../mailbox.ts';
import { PostgresServer } from '../standby.ts';
import { root } from './build.ts';
import { Containers, type Node } from './containers.ts';
import { walk } from './journey.ts';
import { startNginxContainer } from './nginx-container.ts';

const roles = ['api', 'chat', 'worker'] as const;
type Names = { server: string; nginx: string };
type Say = (line: string) => void;

/** Keys, migrations, a node of each role and nginx before them, on a database of their own; a journey; and their end. */
export async function tryImages({ server, nginx }: Names, cleanup: Cleanup, say: Say): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'openward-image-db-'));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'main'), { mode: 0o711 });
  const postgres = new PostgresServer(join(folder, 'main'), await findBinaries(), await pickPort());
  cleanup.add(() => postgres.kill());
  const mailbox = await startMailbox();
  await postgres.start();
  await postgres.query('postgres', 'CREATE DATABASE openward');
  const secrets = { DATABASE_URL: postgres.url('openward'), SMTP_URL: mailbox.url, REDIS_URL: 'redis://127.0.0.1:9' };
  const settings = {
    ...{ PUBLIC_URL: 'https://openward.example', MAIL_FROM: 'Openward <no-reply@openward.example>' },
    ...{ TRUST_PROXY: '127.0.0.1', REQUIRE_MFA: 'none', ADMIN_STEP_UP: 'off' },
    // Nobody answers there, as with Redis: what speaks to them is loaded all the same.
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
  };
  const containers = new Containers({ image: server, secrets, settings, cleanup });
  try {
    const nodes = await startNodes(containers, say);
    await useThem(nodes, { nginx, mailbox, say });
    await stopThem(nodes, say);
  } finally {
    await containers.remove();
    await postgres.stop();
    await mailbox.stop();
  }
}

async function startNodes(containers: Containers, say: Say): Promise<Record<(typeof roles)[number], Node>> {
  await containers.once(['-e', importEverything()], { program: 'node', folder: '/app/server' });
  say('Every package that the code of the server names is in the image');
  await containers.once(['keys', 'generate'], { keys: 'rw' });
  await containers.once(['migrate']);
  say('Keys are made, both databases migrated');
  const [api, chat, worker] = await Promise.all([
    containers.start('api'),
    containers.start('chat'),
    containers.start('worker'),
  ]);
  for (const { name, metricsUrl, isHealthy } of [api, chat, worker]) {
    if (!(await isHealthy())) throw new Error(`${name} is not healthy by its own check.`);
    const metrics = await fetch(metricsUrl).then((reply) => reply.text());
    if (!metrics.includes('process_resident_memory_bytes')) throw new Error(`${name} tells no metrics:\n${metrics}`);
  }
  say('All three roles are ready, healthy by their own check, and tell their metrics');
  return { api, chat, worker };
}

async function useThem(
  { api, chat }: { api: Node; chat: Node },
  { nginx, mailbox, say }: { nginx: string; mailbox: Mailbox; say: Say },
): Promise<void> {
  const door = await startNginxContainer(nginx, { api: api.url, chat: chat.url });
  try {
    say(`By way of nginx: ${await walk({ door, mailbox, command: api.command })}`);
    const { tookMs } = await door.stop();
    say(`nginx ended with 0 in ${(tookMs / 1000).toFixed(1)} s`);
  } finally {
    await door.remove();
  }
}

async function stopThem(nodes: Record<string, Node>, say: Say): Promise<void> {
  for (const [role, node] of Object.entries(nodes)) {
    const { tookMs } = await node.stop();
    const lines = (await node.log()).split('\n');
    // What cannot be read, written or found is of the image; and nothing else may go wrong either.
    const wrong = lines.filter((line) => /EROFS|EACCES|ENOENT|ERR_MODULE|"level":"?(50|60|error|fatal)/.test(line));
    if (wrong.length > 0) throw new Error(`${role} said:\n${wrong.slice(0, 10).join('\n')}`);
    say(`${role} ended with 0 in ${(tookMs / 1000).toFixed(1)} s`);
  }
}

/** A program that loads every package which the server's code names: most are loaded when they are needed, and would be missed only then. */
function importEverything(): string {
  const files = globSync('server/src/**/*.ts', { cwd: root }).filter(
    (file) => !/\.test\.ts$|test-support\.ts$/.test(file),
  );
  const named = files.flatMap((file) =>
    [
      ...readFileSync(join(root, file), 'utf8').matchAll(
        /^import (?!type)[^;']*?from '([^'.#][^']*)'|import\('([^'.#][^']*)'\)/gm,
      ),
    ].map(([, one, other]) => one ?? other ?? ''),
  );
  const packages = [...new Set(named)].filter((name) => !name.startsWith('node:'));
  return `Promise.all(${JSON.stringify(packages)}.map((name) => import(name))).then(() => process.exit(0))`;
}

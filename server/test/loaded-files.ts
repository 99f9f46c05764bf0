import { registerHooks } from 'node:module';

// A program for roles.test.ts: starts a node with the roles that it is given, asks whether it is ready, and prints which of our files it loaded
// and which connections it has to PostgreSQL.

const loaded = new Set<string>();
registerHooks({
  load: (url, context, nextLoad) => {
    const [, file] = /\/server\/src\/(.*\.ts)$/.exec(url) ?? [];
    if (file !== undefined) loaded.add(file);
    return nextLoad(url, context);
  },
});

const [{ readConfig }, { createLog }, { startNode }, { roleNames }, { default: pg }] = await Promise.all([
  import('../src/config.ts'),
  import('../src/platform/log.ts'),
  import('../src/start-node.ts'),
  import('../src/roles.ts'),
  import('pg'),
]);
const config = readConfig();
const { main = '', chat } = config.databases ?? {};
const roles = roleNames.filter((name) => process.argv[2]?.split(',').includes(name));
const node = await startNode({ config, urls: { main, chat: chat ?? '' }, roles, log: createLog(config) });
const ready = await fetch(`${node.url}/health/ready`);
const connections: string[] = [];
for (const url of [main, chat ?? '']) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    `SELECT application_name AS name FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'openward-%' ORDER BY 1`,
  );
  connections.push(...rows.map(({ name }) => name));
  await client.end();
}
await node.stop();
process.stdout.write(`${JSON.stringify({ ready: ready.status, loaded: [...loaded].toSorted(), connections })}\n`);

import { registerHooks } from 'node:module';

// A program for roles.test.ts: starts a node with the roles that it is given, asks whether it is ready, and prints which of our files it loaded
// and which connections it has to PostgreSQL, once it has those that are waited for: some it makes by the way.

const loaded = new Set<string>();
registerHooks({
  load: (url, context, nextLoad) => {
    const [, file] = /\/server\/src\/(.*\.ts)$/.exec(url) ?? [];
    if (file !== undefined) loaded.add(file);
    return nextLoad(url, context);
  },
});

const [, , ofRoles, awaited = ''] = process.argv;
const [{ readConfig }, { createLog }, { startNode }, { roleNames }, { default: pg }, { eventually }] =
  await Promise.all([
    import('../src/config.ts'),
    import('../src/platform/log.ts'),
    import('../src/start-node.ts'),
    import('../src/roles.ts'),
    import('pg'),
    import('./eventually.ts'),
  ]);
const config = readConfig();
const { main = '', chat } = config.databases ?? {};
const roles = roleNames.filter((name) => ofRoles?.split(',').includes(name));
const node = await startNode({ config, urls: { main, chat: chat ?? '' }, roles, log: createLog(config) });
const ready = await fetch(`${node.url}/health/ready`);
const lookers = [main, chat ?? ''].map((url) => new pg.Client({ connectionString: url }));
await Promise.all(lookers.map((looker) => looker.connect()));
let connections: string[] = [];
await eventually('it has its connections', async () => {
  const found = await Promise.all(
    lookers.map((looker) =>
      looker.query<{ name: string }>(
        `SELECT DISTINCT application_name AS name FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'openward-%'`,
      ),
    ),
  );
  connections = [...new Set(found.flatMap(({ rows }) => rows.map(({ name }) => name)))].toSorted();
  return awaited.split(',').every((name) => connections.includes(name));
});
await Promise.all(lookers.map((looker) => looker.end()));
await node.stop();
process.stdout.write(`${JSON.stringify({ ready: ready.status, loaded: [...loaded].toSorted(), connections })}\n`);

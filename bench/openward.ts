import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { answerMemory } from './memory.ts';

// The product as it is, with every role, on the databases of the run.

// As main.ts does: half of a start is reading TypeScript.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/openward', import.meta.url)));
const { readConfig } = await import('../server/src/config.ts');
const { createLog } = await import('../server/src/platform/log.ts');
const { startNode } = await import('../server/src/start-node.ts');

const config = { ...readConfig(), logLevel: 'warn' as const };
const { main = '', chat = '' } = config.databases ?? {};
const node = await startNode({
  config,
  urls: { main, chat: chat ?? '' },
  roles: ['api', 'chat', 'worker'],
  log: createLog(config),
});
answerMemory();
process.stdout.write(`${JSON.stringify({ url: node.url.replace('http', 'ws') })}\n`);
process.once('SIGTERM', () => void node.stop().then(() => process.exit(0)));

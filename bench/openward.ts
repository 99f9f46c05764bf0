import { readConfig } from '../server/src/config.ts';
import { createLog } from '../server/src/platform/log.ts';
import { startNode } from '../server/src/start-node.ts';
import { answerMemory } from './memory.ts';

// The product as it is, with every role, on the databases of the run.

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

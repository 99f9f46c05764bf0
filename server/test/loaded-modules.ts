import { createRequire } from 'node:module';
import { readConfig } from '../src/config.ts';
import { createLog } from '../src/platform/log.ts';
import { startNode } from '../src/start-node.ts';

// A program for tracing.test.ts: starts a node with every role, answers a call, and prints which modules of OpenTelemetry it loaded.

const config = readConfig();
const { main = '', chat = '' } = config.databases ?? {};
const urls = { main, chat: chat ?? '' };
const node = await startNode({ config, urls, roles: ['api', 'chat', 'worker'], log: createLog(config) });
await fetch(`${node.url}/api/v1/specialties`);
const paths = Object.keys(createRequire(import.meta.url).cache);
const loaded = new Set(paths.flatMap((path) => /@opentelemetry\/([^/]+)/.exec(path)?.[1] ?? []));
await node.stop();
process.stdout.write(`loaded: ${[...loaded].toSorted().join(',')}.\n`);

// Writes method and path of every contract into client/src/routes.ts, whose compiler check says when this is due.
import { readFileSync, writeFileSync } from 'node:fs';
import { routes } from '../contracts/src/index.ts';

const file = new URL('../client/src/routes.ts', import.meta.url);
const text = readFileSync(file, 'utf8');
const lines = [...routes].map(([name, { method, path }]) => `  ${name}: '${method} ${path}',`);
const start = text.indexOf('export const routeLines = {\n');
const end = text.indexOf('}', text.indexOf("',\n}", start) + 2);
writeFileSync(file, `${text.slice(0, start)}export const routeLines = {\n${lines.join('\n')}\n${text.slice(end)}`);

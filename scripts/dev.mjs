// For `npm run dev`: the server starts again on each change of it, the portal is built again on each change of it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const watched = ['server/src', 'contracts/src', 'portal/dist/routes.json'].map((path) => `--watch-path=${path}`);
const commands = [
  ['scripts/build-portal.mjs', '--watch'],
  [...watched, 'server/src/main.ts', 'start'],
];
const children = commands.map((args) => spawn(process.execPath, args, { cwd: root, stdio: 'inherit' }));

/** Ctrl-C reaches all of them; when one ends by itself the others have no use. */
for (const child of children)
  child.on('exit', (code) => {
    for (const other of children) if (other.exitCode === null) other.kill('SIGINT');
    process.exitCode ??= code ?? 0;
  });
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => {
  for (const child of children) child.kill('SIGTERM');
});

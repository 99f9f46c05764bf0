import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Half of a start is reading TypeScript: what is read once is kept. In our own folder, since whoever may write a cache of code
// may run code. Where it cannot be written, starts are slower and nothing else.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/openward', import.meta.url)));

// Whoever reads along may go (`… | head`): the command ends what it has begun all the same. What cannot be written otherwise is said.
let unwritten = 0;
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE' || unwritten === 1) return;
  unwritten = 1;
  process.exitCode = 1;
  process.stderr.write(`The output could not be written: ${message}\n`);
});

const { runCommand } = await import('./commands.ts');
process.exitCode = Math.max(await runCommand(process.argv.slice(2)), unwritten);

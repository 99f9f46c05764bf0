import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Half of a start is reading TypeScript: what is read once is kept. In our own folder, since whoever may write a cache of code
// may run code. Where it cannot be written, starts are slower and nothing else.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/openward', import.meta.url)));

// Whoever reads along may go (`… | head`): the command ends what it has begun all the same.
process.stdout.on('error', () => {});

const { runCommand } = await import('./commands.ts');
process.exitCode = await runCommand(process.argv.slice(2));

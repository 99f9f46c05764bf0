import { benchChat } from './chat.ts';

// npm run bench -- chat [C1 C1r C1l …]: servers on CPU 0, the load and PostgreSQL on CPU 1. BENCH_ROUNDS changes how often.

const [area, ...names] = process.argv.slice(2);
if (area !== 'chat') {
  process.stderr.write('Say what: npm run bench -- chat [C1 C1r C1l]\n');
  process.exit(1);
}
await benchChat(names.length === 0 ? ['C1', 'C1r', 'C1l'] : names, Number(process.env['BENCH_ROUNDS'] ?? 3));

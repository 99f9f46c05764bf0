import { benchAccount } from './account.ts';
import { benchCare } from './care.ts';
import { benchChat, chatBenches } from './chat.ts';
import { benchDirectory } from './directory.ts';
import { benchHttp } from './http.ts';
import { benchSearch } from './search.ts';
import { benchSizes } from './sizes.ts';

// npm run bench -- chat [C1 C1r C1l C2 C3 N1]: servers on CPU 0, the load and PostgreSQL on CPU 1. BENCH_ROUNDS changes how often.
// npm run bench -- http: the doctors' list (H1, H1c), with 10,000 doctors or BENCH_DOCTORS, and a Redis if REDIS_URL names one.
// npm run bench -- account: what reading an account costs, from the database and as a copy in Redis.
// npm run bench -- sizes: what a row of the tables that grow costs on disk.
// npm run bench -- directory: pages of the doctors' list (S1) at 10,000, 100,000 and 1,000,000 doctors, or at the sizes in BENCH_SIZES.
// npm run bench -- care: lists of requests, appointments and accounts (S1) at 10,000, 100,000 and 1,000,000 requests, or at the sizes in BENCH_SIZES.
// With BENCH_KEEP=<folder> the databases are filled into that folder, and only filled; the next run with it measures them.
// npm run bench -- search: pages of a search in a room of 100,000 messages, everything on CPU 1.

const [area, ...names] = process.argv.slice(2);
if (area === 'chat') {
  await benchChat(names.length === 0 ? chatBenches : names, Number(process.env['BENCH_ROUNDS'] ?? 3));
} else if (area === 'http') {
  await benchHttp(Number(process.env['BENCH_DOCTORS'] ?? 10_000), Number(process.env['BENCH_ROUNDS'] ?? 3));
} else if (area === 'account') {
  await benchAccount();
} else if (area === 'directory') {
  await benchDirectory((process.env['BENCH_SIZES'] ?? '10000,100000,1000000').split(',').map(Number));
} else if (area === 'care') {
  await benchCare(
    (process.env['BENCH_SIZES'] ?? '10000,100000,1000000').split(',').map(Number),
    process.env['BENCH_KEEP'],
  );
} else if (area === 'search') {
  await benchSearch(100_000, 200);
} else if (area === 'sizes') {
  await benchSizes();
} else {
  process.stderr.write(
    'Say what: npm run bench -- http, npm run bench -- account, npm run bench -- care, npm run bench -- chat [C1 C1r C1l C2 C3 N1], npm run bench -- directory, npm run bench -- search, npm run bench -- sizes\n',
  );
  process.exit(1);
}

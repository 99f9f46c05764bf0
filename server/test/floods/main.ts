import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createApi } from '../http.ts';
import type { Harm } from './flooder.ts';
import { addressesOf, hasSlowHttpTest, runFlood, runSlow, type SlowMode, slowModes, stopFloods } from './floods.ts';
import { GoodUsers } from './good-users.ts';
import { Product } from './product.ts';
import { Report } from './report.ts';

// npm run test:floods [-- --short]: floods a `start` on this machine, and looks how people who use it meanwhile fare.

const { values } = parseArgs({ options: { short: { type: 'boolean', default: false } } });
const size = values.short
  ? { connections: 4000, holdMs: 3000, slow: 200, slowS: 0, floodMs: 5000 }
  : { connections: 20_000, holdMs: 12_000, slow: 3000, slowS: 20, floodMs: 20_000 };
const list = '/api/v1/doctors?specialty=cardiology&minRating=0';

async function main(): Promise<number> {
  say('Starting the product …');
  const product = await Product.start();
  const users = new GoodUsers(product.url, await product.sessions());
  const report = new Report(product, users);
  try {
    await users.start();
    await sleep(1000);
    await report.phase('nothing', () => sleep(values.short ? 2000 : 5000, null));
    await floodWithConnections(product, report);
    if (hasSlowHttpTest() && size.slowS > 0) {
      for (const mode of Object.keys(slowModes) as SlowMode[]) {
        const path = mode === 'slow body' ? '/api/v1/auth/tokens' : mode === 'slow read' ? '/openapi.json' : '/';
        await report.phase(`slowhttptest, ${mode}, ${size.slow} connections`, () =>
          runSlow(mode, `${product.url}${path}`, size.slow, size.slowS),
        );
      }
    } else
      say(size.slowS > 0 ? 'Left out: slowhttptest is not installed (on Debian: apt-get install slowhttptest).' : '');
    await floodWithRequests(product, report);
    await report.recovery(createApi(product.url));
    // What was not heard for a while is found gone after that.
    await sleep(8000);
  } finally {
    users.stop();
    stopFloods();
  }
  const fine = report.verdict();
  await product.stop();
  return fine ? 0 : 1;
}

async function floodWithConnections(product: Product, report: Report): Promise<void> {
  const { connections: count, holdMs: forMs } = size;
  const port = Number(new URL(product.url).port);
  await report.phase(`${count} connection attempts from 40 addresses`, async () => {
    const harm = await runFlood({ kind: 'connections', port, addresses: addressesOf(40, 1), count, forMs }, 2);
    return `${harm.ended} were ended by the server`;
  });
  await report.phase(`${count} connection attempts from one address`, async () => {
    const harm = await runFlood({ kind: 'connections', port, addresses: ['127.2.0.1', '127.2.0.1'], count, forMs }, 2);
    return `${harm.ended} were ended by the server`;
  });
}

async function floodWithRequests(product: Product, report: Report): Promise<void> {
  const port = Number(new URL(product.url).port);
  const order = { kind: 'requests', port, path: list } as const;
  const calm = await runFlood(
    {
      ...order,
      addresses: addressesOf(32, 3),
      connections: 32,
      depth: 1,
      perS: null,
      forMs: values.short ? 2000 : 5000,
    },
    1,
  );
  const sustained = perS(calm, calm.answers['200'] ?? 0);
  say(`Sustained with 32 connections: ${sustained} lists/s`);
  await report.phase(`10 times ${sustained} lists/s`, async () => {
    const harm = await runFlood(
      {
        ...order,
        addresses: addressesOf(400, 3),
        connections: 400,
        depth: 16,
        perS: 10 * sustained,
        forMs: size.floodMs,
      },
      1,
    );
    const answers = Object.entries(harm.answers).map(([status, count]) => `${perS(harm, count)}/s were ${status}`);
    return `asked ${perS(harm, harm.tried)}/s, ${answers.join(', ')}, ${harm.ended} connections cut`;
  });
}

const perS = ({ tookMs }: Harm, count: number) => Math.round(count / (tookMs / 1000));

function say(line: string): void {
  if (line !== '') process.stdout.write(`${line}\n`);
}

process.exitCode = await main();

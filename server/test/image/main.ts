import { inspect as show } from 'node:util';
import { startProgress } from '../cluster/progress.ts';
import { Cleanup } from '../faults/cluster/cleanup.ts';
import { ensureBases } from './base.ts';
import { basesOf, build, type Image, withFiles } from './build.ts';
import { judgeFiles } from './contents.ts';
import { missingTools, run } from './tools.ts';
import { tryImages } from './try-images.ts';

/** Built as the Dockerfiles say, looked into, and started: what tests of their text cannot see. */
const server = {
  dockerfile: 'deploy/Dockerfile',
  name: 'localhost/openward-test:server',
  user: '10001:10001',
  volume: '/data',
};
const nginx = {
  dockerfile: 'deploy/nginx/Dockerfile',
  name: 'localhost/openward-test:nginx',
  user: '33:33',
  volume: '/run/openward-nginx',
};
const { say } = startProgress((line) => void process.stdout.write(`${line}\n`));

async function main(): Promise<number> {
  const missing = await missingTools();
  if (missing !== null) {
    process.stderr.write(`test:image is left out: ${missing}.\n`);
    return process.env['CI'] === 'true' ? 1 : 0;
  }
  const cleanup = new Cleanup();
  const bases = [server, nginx].map(({ dockerfile }) => basesOf(dockerfile));
  await ensureBases([...new Set(bases.flat())], say);
  try {
    judge(await buildTwice(server), server);
    await judgeContents(server.name, bases[0]?.[0] ?? '');
    say(`Building ${nginx.dockerfile}`);
    judge(await build(nginx.dockerfile, nginx.name), nginx);
    await tryImages({ server: server.name, nginx: nginx.name }, cleanup, say);
  } finally {
    const built = [server.name, `${server.name}-again`, nginx.name];
    await run('podman', ['rmi', '--force', ...built]).catch(() => {});
  }
  say('The images are as they should be, and run.');
  return 0;
}

async function buildTwice({ dockerfile, name }: typeof server): Promise<Image> {
  say(`Building ${dockerfile}`);
  const first = await build(dockerfile, name);
  say(`Once more: ${first.layers.length} layers, ${first.sizeMb} MB with the base`);
  const second = await build(dockerfile, `${name}-again`);
  const [one, other] = [first.layers.join('\n'), second.layers.join('\n')];
  if (one !== other) throw new Error(`Two builds of one commit differ:\n${one}\n\n${other}`);
  say('Both have the same layers, byte by byte');
  return second;
}

function judge(image: Image, wanted: typeof server): void {
  const { user, environment, volumes, stopSignal, healthCheck } = image;
  const secrets = environment.filter((line) => /(PASSWORD|SECRET|TOKEN|_KEY|_URL)=/.test(line));
  const wrong = [
    ...(user === wanted.user ? [] : [`it runs as ${user}`]),
    ...secrets.map((line) => `it has ${line}`),
    ...(volumes.join() === wanted.volume ? [] : [`its volumes are ${volumes.join()}`]),
    ...(stopSignal === '' ? ['it does not say how it is stopped'] : []),
    ...(healthCheck[0] === 'CMD' ? [] : ['it has no health check']),
  ];
  if (wrong.length > 0) throw new Error(`Of ${wanted.dockerfile}: ${wrong.join('; ')}.`);
}

async function judgeContents(name: string, base: string): Promise<void> {
  const look = (folder: string) => withFiles(base, (below) => judgeFiles(folder, below));
  const { complaints, added, addedMb } = await withFiles(name, look);
  if (complaints.length > 0)
    throw new Error(`${complaints.length} files are not as they should be:\n${complaints.slice(0, 40).join('\n')}`);
  say(`${added} files, ${addedMb} MB, beyond the base: none that should not be there`);
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${show(error)}\n`);
  return 1;
});
// Connections of fetch that are kept alive are not waited for.
process.exit();

import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run, succeeds } from './tools.ts';

/** The Debian that both bases are. */
const suite = 'bookworm';

/**
 * The bases that the Dockerfiles ask for, under the very names that they have there: those that are here already, or else the official ones where their registry
 * can be reached, or else one of Debian's packages, with this Node and npm where that is asked for, in their place.
 */
export async function ensureBases(names: readonly string[], say: (line: string) => void): Promise<void> {
  const missing: string[] = [];
  for (const name of names) if (!(await isHere(name, say))) missing.push(name);
  if (missing.length === 0) return;
  if (!(await succeeds('debootstrap', ['--version'])))
    throw new Error(
      `${missing.join(', ')} cannot be pulled, nor made: debootstrap is not installed (Debian: apt-get install debootstrap).`,
    );
  say(`${missing.join(', ')} cannot be pulled: made of Debian's packages in their place.`);
  const folder = mkdtempSync(join(tmpdir(), 'openward-base-'));
  try {
    await run('debootstrap', ['--variant=minbase', suite, folder]);
    await run('chroot', [folder, 'sh', '-c', 'apt-get clean && rm -rf /var/lib/apt/lists/*']);
    const isNode = (name: string) => name.startsWith('node:');
    for (const name of missing.filter((name) => !isNode(name))) await keep(folder, name);
    if (missing.some(isNode)) await addNode(folder);
    for (const name of missing.filter(isNode)) await keep(folder, name);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function isHere(name: string, say: (line: string) => void): Promise<boolean> {
  const found = (await succeeds('podman', ['image', 'exists', name])) ? 'is here' : null;
  const pulled =
    found ?? ((await succeeds('podman', ['pull', '--quiet', `docker.io/library/${name}`])) ? 'was pulled' : null);
  if (pulled !== null) say(`${name} ${pulled}.`);
  return pulled !== null;
}

async function keep(folder: string, name: string): Promise<void> {
  const archive = `${folder}.tar`;
  try {
    await run('tar', ['-C', folder, '-cf', archive, '.']);
    await run('podman', ['import', '--quiet', '--change', 'LABEL openward.stands-for=official', archive, name]);
  } finally {
    rmSync(archive, { force: true });
  }
}

/** Where the official image has them; and where this machine gets packages from, for what `npm ci` installs. */
async function addNode(folder: string): Promise<void> {
  const local = join(folder, 'usr/local');
  const npm = process.env['npm_execpath'] ?? '';
  const home = dirname(dirname(npm));
  if (!existsSync(join(home, 'bin/npm-cli.js')))
    throw new Error('npm is not found. Start this by `npm run test:image`.');
  for (const name of ['bin', 'lib/node_modules', 'etc']) mkdirSync(join(local, name), { recursive: true });
  copyFileSync(process.execPath, join(local, 'bin/node'));
  cpSync(home, join(local, 'lib/node_modules/npm'), { recursive: true, dereference: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'));
  const setting = (name: string) => run(process.execPath, [npm, 'config', 'get', name]);
  const settings = [`registry=${await setting('registry')}`];
  const given = await setting('cafile');
  const authorities = existsSync(given) ? given : (process.env['NODE_EXTRA_CA_CERTS'] ?? '');
  if (existsSync(authorities)) {
    copyFileSync(authorities, join(local, 'etc/npm-ca.pem'));
    settings.push('cafile=/usr/local/etc/npm-ca.pem');
  }
  writeFileSync(join(local, 'etc/npmrc'), `${settings.join('\n')}\n`);
}

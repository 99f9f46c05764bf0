/**
 * Builds the portal when it is missing or older than its sources, by a hash of them: npm runs this before `npm start` and
 * `npm test`. When nothing has changed it takes some milliseconds and writes nothing, so a checkout that was built once
 * may be read-only. `--watch` builds on each change, for `npm run dev`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const portal = join(root, 'portal');
const dist = join(portal, 'dist');
const marker = join(dist, '.built-from');
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
const linkedNode = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
const node = existsSync(linkedNode) ? linkedNode : process.execPath;

const sources = [
  'portal/index.html',
  'portal/package.json',
  'portal/public',
  'portal/src',
  'portal/vite.config.ts',
  'client/src',
  'contracts/src',
  'package-lock.json',
];

if (process.argv.includes('--watch')) watch();
else build();

function build() {
  const wanted = hashOfSources();
  if (readOrEmpty(marker) === wanted) return;
  if (!existsSync(vite)) return refuseOrTake();
  console.log('Building the portal. This takes some seconds, and only happens when it has changed.');
  const out = `dist.${process.pid}`;
  try {
    const { status } = runVite(['build'], { PORTAL_OUT: out });
    if (status !== 0) return refuse('The portal could not be built; what is wrong stands above.');
    writeFileSync(join(portal, out, '.built-from'), wanted);
    replace(join(portal, out));
  } catch (error) {
    refuse(`The portal could not be written (${error.message}). Run \`npm run build\` once as the owner of ${portal}.`);
  } finally {
    if (existsSync(join(portal, out))) rmSync(join(portal, out), { recursive: true, force: true });
  }
}

/** Whoever serves from the old one has it in memory; another build that was quicker is as good. */
function replace(out) {
  const old = `${out}.old`;
  if (existsSync(dist)) renameSync(dist, old);
  try {
    renameSync(out, dist);
  } catch (error) {
    if (!existsSync(join(dist, '.built-from'))) throw error;
  }
  rmSync(old, { recursive: true, force: true });
}

function runVite(args, env) {
  const options = { cwd: portal, stdio: 'inherit', env: { ...process.env, ...env } };
  return spawnSync(node, [vite, ...args, '--configLoader', 'native', '--logLevel', 'error'], options);
}

function watch() {
  const env = { ...process.env, PORTAL_WATCH: '1' };
  const args = [vite, 'build', '--watch', '--configLoader', 'native', '--logLevel', 'warn'];
  const child = spawn(node, args, { cwd: portal, stdio: 'inherit', env });
  child.on('exit', (code) => process.exit(code ?? 0));
}

/** Without the tools to build (`npm ci --omit=dev`) what was brought along is served. */
function refuseOrTake() {
  if (existsSync(join(dist, 'routes.json'))) return;
  refuse(
    'The portal is not built, and the tools for it are not installed. Run `npm ci && npm run build` where they are, and bring portal/dist along.',
  );
}

function refuse(message) {
  console.error(message);
  process.exitCode = 1;
}

function hashOfSources() {
  const hash = createHash('sha256');
  for (const source of sources) addTo(hash, source);
  return hash.digest('hex');
}

function addTo(hash, path) {
  const full = join(root, path);
  if (!existsSync(full)) return;
  const names = namesIn(full);
  if (names === null) hash.update(`${path}\0`).update(readFileSync(full)).update('\0');
  else for (const name of names.sort()) if (!name.includes('.test.')) addTo(hash, `${path}/${name}`);
}

function namesIn(folder) {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error.code === 'ENOTDIR') return null;
    throw error;
  }
}

function readOrEmpty(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

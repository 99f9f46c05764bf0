/**
 * Run after every `npm install` that changes package-lock.json: `node scripts/complete-lockfile.mjs`.
 *
 * A registry mirror may lack a package's builds for other platforms. `npm install` then leaves them out of the lockfile
 * without a word, and `npm ci` refuses that lockfile everywhere ("Missing: … from lock file"). The exact version is
 * known, for the parent names it; so the entry is written from that. It has no integrity hash, since nobody here has
 * seen the package: it is verified only by the registry's own transport.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const OS_BY_WORD = {
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  openharmony: 'openharmony',
  sunos: 'sunos',
  win: 'win32',
  win32: 'win32',
  windows: 'win32',
};
const CPUS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];
const EXACT_VERSION = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

const path = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(path, 'utf8'));
const added = [];

for (const [place, parent] of Object.entries({ ...lock.packages })) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (isLocked(place, name)) continue;
    const platform = platformOf(name);
    if (!platform || !EXACT_VERSION.test(version)) {
      console.error(`${name}@${version}: not in the lockfile, and its platform can't be told from its name`);
      process.exitCode = 1;
      continue;
    }
    lock.packages[`node_modules/${name}`] = entry(version, Boolean(parent.dev), platform);
    added.push(`${name}@${version}`);
  }
}

// npm's own order, so that its next write does not shuffle the file.
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
if (added.length > 0) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? 'The lockfile is complete.' : `Added to the lockfile: ${added.join(', ')}`);

function isLocked(place, name) {
  return Boolean(lock.packages[`${place}/node_modules/${name}`] ?? lock.packages[`node_modules/${name}`]);
}

/** @returns {{ cpu: string[], os: string[], libc?: string[] } | undefined} */
function platformOf(name) {
  const words = name.split('/').at(-1).split('-');
  const os = words.map((word) => OS_BY_WORD[word]).find(Boolean);
  const cpu = words.find((word) => CPUS.includes(word));
  if (!os || !cpu) return undefined;
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : words.includes('gnu') ? 'glibc' : undefined;
  return { cpu: [cpu], os: [os], ...(libc && { libc: [libc] }) };
}

/** The keys in npm's own order. */
function entry(version, dev, { cpu, os, libc }) {
  return { version, cpu, ...(dev && { dev }), ...(libc && { libc }), optional: true, os };
}

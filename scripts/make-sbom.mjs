/**
 * What a release is made of, as a CycloneDX document: every package that runs in production, with its version and checksum. The same
 * lockfile gives the same document, byte by byte.
 *
 *   npm run sbom > openward.cdx.json
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const npm = process.env.npm_execpath;
const words = ['sbom', '--package-lock-only', '--omit', 'dev', '--sbom-format', 'cyclonedx'];
const { status, stdout, stderr, error } = npm?.endsWith('npm-cli.js')
  ? spawnSync(process.env.npm_node_execpath ?? process.execPath, [npm, ...words], options())
  : spawnSync('npm', words, { ...options(), shell: process.platform === 'win32' });

if (status !== 0) {
  console.error(`npm could not write it (it takes npm 10 or newer): ${error?.message ?? stderr}`);
  process.exitCode = 1;
} else {
  const bom = JSON.parse(stdout);
  const hash = createHash('sha256')
    .update(readFileSync(new URL('../package-lock.json', import.meta.url)))
    .digest('hex');
  bom.serialNumber = `urn:uuid:${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
  // When, and by which npm, is no part of what it is made of.
  delete bom.metadata.timestamp;
  delete bom.metadata.tools;
  bom.metadata.component.name = 'openward';
  // The bench is not released.
  bom.components = bom.components.filter(({ name }) => name !== 'bench');
  process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`);
}

function options() {
  return { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 };
}

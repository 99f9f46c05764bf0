/**
 * What a release is made of, as a CycloneDX document: every package that runs in production, with its version and checksum. The same
 * lockfile gives the same document, byte by byte.
 *
 *   npm run sbom > openward.cdx.json
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const npm = process.env.npm_execpath;
// Not `--omit dev`: npm then also leaves out what runs in production and is a tool of another package.
const words = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'];
const options = { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 };
const { status, stdout, stderr, error } = npm?.endsWith('npm-cli.js')
  ? spawnSync(process.env.npm_node_execpath ?? process.execPath, [npm, ...words], options)
  : spawnSync('npm', words, { ...options, shell: process.platform === 'win32' });

if (status === 0) process.stdout.write(`${JSON.stringify(ofProduction(JSON.parse(stdout)), null, 2)}\n`);
else {
  console.error(`npm could not write it (it takes npm 10 or newer): ${error?.message ?? stderr}`);
  process.exitCode = 1;
}

function ofProduction(bom) {
  const lockfile = readFileSync(join(root, 'package-lock.json'));
  const released = new Set(['openward@', '@openward/contracts@', '@openward/client@', '@openward/server@']);
  for (const [place, { version, dev, link }] of Object.entries(JSON.parse(lockfile).packages))
    if (place.includes('node_modules/') && dev !== true && link !== true)
      released.add(`${place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`);
  const isReleased = (ref) => released.has(ref) || released.has(ref.replace(/[^@]+$/, ''));
  const components = bom.components.filter((component) => isReleased(component['bom-ref']));
  const dependencies = bom.dependencies
    .filter(({ ref }) => isReleased(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isReleased) }));
  const hash = createHash('sha256').update(lockfile).digest('hex');
  const [a, b, c, d, e] = [
    [0, 8],
    [8, 12],
    [13, 16],
    [17, 20],
    [20, 32],
  ].map(([from, to]) => hash.slice(from, to));
  // When, and by which npm, is no part of what it is made of.
  const { timestamp: _, tools: __, ...metadata } = bom.metadata;
  metadata.component.name = 'openward';
  return { ...bom, serialNumber: `urn:uuid:${a}-${b}-8${c}-8${d}-${e}`, metadata, components, dependencies };
}

import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
type Locked = { version: string; dev?: boolean; link?: boolean; optional?: boolean; os?: string[]; integrity?: string };
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>;
};

function run(script: string, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts', script), ...words], {
    cwd: root,
    encoding: 'utf8',
    // The host's npm, as in a release.
    env: { ...process.env, npm_execpath: '' },
  });
  return { status, stdout, stderr };
}

describe('the licences', () => {
  it('are all of the list', () => {
    expect(run('check-licences.mjs')).toMatchObject({ status: 0, stderr: '' });
  });

  it.each([
    { license: 'GPL-3.0-only', stated: 'in the lockfile' },
    { license: undefined, stated: 'nowhere' },
    { license: 'MIT AND GPL-3.0-only', stated: 'in the package' },
  ])('refuse $license that is stated $stated, of what runs in production alone', ({ license, stated }) => {
    const folder = mkdtempSync(join(tmpdir(), 'openward-licences-'));
    const locked = (dev: boolean) => ({ version: '1.0.0', dev, ...(stated === 'in the lockfile' ? { license } : {}) });
    const lock = {
      packages: { 'node_modules/viral': locked(false), 'node_modules/a/node_modules/tool': locked(true) },
    };
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
    if (stated === 'in the package') {
      mkdirSync(join(folder, 'node_modules/viral'), { recursive: true });
      writeFileSync(join(folder, 'node_modules/viral/package.json'), JSON.stringify({ license }));
    }
    const { status, stderr } = run('check-licences.mjs', folder);
    rmSync(folder, { recursive: true });
    expect([status, stderr.includes('viral@1.0.0'), stderr.includes('tool')]).toEqual([1, true, false]);
  });
});

describe('the list of parts', () => {
  type Component = { name: string; group?: string; version: string; purl: string; hashes?: unknown[] };
  const { status, stdout, stderr } = run('make-sbom.mjs');

  it('has every package of production, with its checksum, and no tool', () => {
    expect([status, stderr]).toEqual([0, '']);
    const bom = JSON.parse(stdout) as { bomFormat: string; components: Component[] };
    expect(bom.bomFormat).toBe('CycloneDX');
    const listed = new Set(bom.components.map(({ purl }) => decodeURIComponent(purl.replace('pkg:npm/', ''))));
    const isOurs = (place: string) => !place.includes('node_modules/');
    const names = (dev: boolean) =>
      Object.entries(packages)
        .filter(([place, entry]) => !isOurs(place) && entry.link !== true && (entry.dev === true) === dev)
        .map(([place, { version }]) => `${place.slice(place.lastIndexOf('node_modules/') + 13)}@${version}`);
    expect(names(false).filter((name) => !listed.has(name))).toEqual([]);
    const production = new Set(names(false));
    expect(names(true).filter((name) => listed.has(name) && !production.has(name))).toEqual([]);
    // What the lockfile has no checksum of are builds for other platforms (scripts/complete-lockfile.mjs says why).
    const unseen = Object.entries(packages)
      .filter(
        ([, { dev, optional, os, integrity }]) => dev !== true && optional === true && os && integrity === undefined,
      )
      .map(([place, { version }]) => `${place.replace('node_modules/', '')}@${version}`);
    expect(unseen.filter((name) => name.includes('linux-x64-gnu'))).toEqual([]);
    const bare = bom.components.filter(({ purl, hashes }) => hashes === undefined && !purl.includes('%40openward'));
    expect(bare.map(({ purl }) => decodeURIComponent(purl.replace('pkg:npm/', ''))).sort()).toEqual(unseen.sort());
  });

  it('is the same for the same lockfile', () => {
    expect(run('make-sbom.mjs').stdout).toBe(stdout);
  });
});

describe('the audit', () => {
  /** npm asks this registry. Not run at once: the registry is in this process. */
  async function audit(registry: RequestListener): Promise<{ code: number; said: string }> {
    const server = createServer(registry);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const settings = {
      npm_config_registry: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      ...{ npm_config_cache: mkdtempSync(join(tmpdir(), 'openward-audit-')), npm_config_fetch_retries: '0' },
    };
    const env = { ...process.env, npm_execpath: '', ...settings };
    const result = await new Promise<{ code: number; said: string }>((resolve) => {
      execFile(process.execPath, [join(root, 'scripts/audit.mjs')], { cwd: root, env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), said: stdout + stderr }),
      );
    });
    rmSync(settings.npm_config_cache, { recursive: true });
    await new Promise((resolve) => server.close(resolve));
    return result;
  }
  /** A registry that knows of this flaw of a package, in each version. */
  const knowing =
    (name: string, severity: string): RequestListener =>
    (request, reply) => {
      const version = packages[`node_modules/${name}`]?.version ?? '';
      const flaw = { id: 1, url: 'https://example.org/1', title: 'It leaks', severity, vulnerable_versions: '>=0' };
      const isAudit = request.url?.includes('/security/') ?? false;
      reply.setHeader('content-type', 'application/json');
      reply.end(JSON.stringify(isAudit ? { [name]: [flaw] } : { name, versions: { [version]: { name, version } } }));
    };

  it.concurrent('ends with 2 and says that nothing is known where the registry has no audits', async ({ expect }) => {
    const { code, said } = await audit((_request, reply) => reply.writeHead(405).end());
    expect([code, said]).toEqual([2, expect.stringMatching(/answers no audits \(405\)\. Nothing was checked/)]);
  });

  it.concurrent('names what is high and ends with 1, and lets pass what is not', async ({ expect }) => {
    const high = await audit(knowing('aws4fetch', 'high'));
    expect([high.code, high.said]).toEqual([1, expect.stringContaining('aws4fetch')]);
    expect(high.said).toContain('It leaks (https://example.org/1)');
    const low = await audit(knowing('aws4fetch', 'low'));
    expect([low.code, low.said]).toEqual([0, expect.stringContaining('(1 less severe ones')]);
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

const base = fileURLToPath(new URL('../../deploy/kubernetes/base/', import.meta.url));
const require = createRequire(import.meta.url);
const types = dirname(require.resolve('kubernetes-types/package.json'));
const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');

type Manifest = { kind: string; apiVersion: string };
const all = (parse(readFileSync(`${base}kustomization.yaml`, 'utf8')).resources as string[]).flatMap((file) =>
  parseAllDocuments(readFileSync(base + file, 'utf8'), { merge: true }).map((document) => document.toJS() as Manifest),
);

/** What the compiler has against manifests as values of the types that are made of the OpenAPI description of Kubernetes 1.30. */
function misfits(manifests: readonly Manifest[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'openward-manifests-'));
  const lines = manifests.map((manifest, index) => {
    const group = manifest.apiVersion === 'v1' ? 'core/v1' : manifest.apiVersion.replace('.k8s.io', '');
    const from = JSON.stringify(join(types, `${group}.d.ts`));
    return `export const m${index}: import(${from}).${manifest.kind} = ${JSON.stringify(manifest)};`;
  });
  writeFileSync(join(folder, 'all.ts'), lines.join('\n'));
  const words = ['--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', join(folder, 'all.ts')];
  const { stdout } = spawnSync(process.execPath, [compiler, ...words], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  return stdout;
}

it('manifests of Kubernetes have the members that Kubernetes 1.30 knows, each of its type, and those that it needs', () => {
  expect(all.length).toBeGreaterThan(15);
  expect(misfits(all)).toBe('');
});

it('a member that is misspelt, of another type or missing is found', () => {
  const changed = (from: RegExp, to: string) => [JSON.parse(JSON.stringify(all).replace(from, to))].flat();
  expect(misfits(changed(/"periodSeconds"/, '"periodSecond"'))).toContain(
    "'\"periodSecond\"' does not exist in type 'Probe'",
  );
  expect(misfits(changed(/"replicas":2/, '"replicas":"two"'))).toContain("'string' is not assignable to type 'number'");
  expect(misfits(changed(/"selector":\{"matchLabels":\{[^}]*\}\},"strategy"/, '"strategy"'))).toContain(
    "'selector' is missing",
  );
});

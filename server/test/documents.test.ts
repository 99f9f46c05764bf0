import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { limits } from '../src/limits.ts';
import { jobKinds } from '../src/roles.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const documents = [...globSync('docs/**/*.md', { cwd: root }), ...globSync('*.md', { cwd: root })].sort();
const tests = globSync('{server,client,contracts,portal,bench}/**/*.test.ts', {
  cwd: root,
  exclude: (path) => path.includes('node_modules'),
});

const files = globSync('{server,client,contracts,portal,bench,scripts,deploy}/**/*.*', {
  cwd: root,
  exclude: (path) => path.includes('node_modules'),
});
/** Files that its reader is going to write. */
const guide = 'docs/add-an-endpoint.md';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe.each(documents)('%s', (document) => {
  const text = read(document);

  it('links to files that are there', () => {
    const targets = [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#]+)[^)]*\)/g)].map(([, target]) => target ?? '');
    expect(targets.filter((target) => !existsSync(join(root, dirname(document), target)))).toEqual([]);
  });

  it.skipIf(document === guide)('names files that are there, by the end of their path', () => {
    const names = [...text.matchAll(/`((?:[\w@.-]+\/)+[\w@.-]+\.(?:tsx?|mjs|sh|conf|yaml|sql|py))`/g)].map(
      ([, name = '']) => name,
    );
    expect(names.filter((name) => !files.some((file) => `/${file}`.endsWith(`/${name}`)))).toEqual([]);
  });

  it('names tests that are there, by file and by the words in quotes after it', () => {
    const missing: string[] = [];
    for (const [, name = '', quotes = ''] of text.matchAll(/`([\w/.-]+\.test\.ts)`((?:,? “[^”]+”)*)/g)) {
      const found = tests.filter((test) => test === name || test.endsWith(`/${name}`));
      if (found.length !== 1) missing.push(`${name} (${found.length} files)`);
      const source = found.map(read).join('');
      for (const [, title = ''] of quotes.matchAll(/“([^”]+)”/g))
        if (!source.includes(title)) missing.push(`${name} “${title}”`);
    }
    expect(missing).toEqual([]);
  });
});

it('docs/operations.md has every rate limit, with what it counts by, its points and its window', () => {
  const row = /^\| `([\w.-]+)` +\| ([a-z ]+?) +\| ([\d,]+) +\| ([\d,]+) s +\|/gm;
  const told = [...read('docs/operations.md').matchAll(row)].map(([, name, by, points, windowS]) => [
    name,
    by,
    points,
    windowS,
  ]);
  const number = (value: number) => value.toLocaleString('en');
  const held = Object.entries(limits).map(([name, { by, points, windowS }]) => [
    name,
    by,
    number(points),
    number(windowS),
  ]);
  expect(told).toEqual(held);
});

it('docs/operations.md leads from every alert to its cause, and knows every queue of jobs', async () => {
  const text = read('docs/operations.md');
  const section = (title: string) => text.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
  const causes = section('From symptom to cause');
  const alerts = [...read('deploy/observability/alerts.yaml').matchAll(/- alert: Openward(\w+)/g)].map(
    ([, name = '']) => name,
  );
  expect(alerts.length).toBeGreaterThan(20);
  const firstColumn = [...causes.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell = '']) => cell).join('\n');
  expect(alerts.filter((name) => !new RegExp(`[(, ]${name}[,)]`).test(firstColumn))).toEqual([]);
  const told = [...section('Jobs').matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([\w.-]+)`/g)].map(([, name]) => name),
  );
  expect(told.toSorted()).toEqual((await jobKinds()).map(({ name }) => name).toSorted());
});

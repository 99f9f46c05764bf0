import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { expect, test } from 'vitest';

type Part = { file: string; css?: string[]; imports?: string[] };

const dist = new URL('../dist/', import.meta.url);
const manifest: Record<string, Part> = JSON.parse(readFileSync(new URL('manifest.json', dist), 'utf8'));
const page = readFileSync(new URL('index.html', dist), 'utf8');

const budgetBytes = 150_000;

/** What a browser loads for the page and these entries: scripts and styles with all that they import. */
function filesFor(entries: readonly string[]): Set<string> {
  const files = new Set([...page.matchAll(/"\/(assets\/[^"]+)"/g)].map(([, file = '']) => file));
  const add = (key: string): void => {
    const part = manifest[key];
    if (part === undefined) throw new Error(`${key} is not in the manifest.`);
    if (files.has(part.file)) return;
    files.add(part.file);
    for (const css of part.css ?? []) files.add(css);
    for (const imported of part.imports ?? []) add(imported);
  };
  for (const entry of entries) add(entry);
  return files;
}

const texts = (language: string, names: readonly string[]) => names.map((name) => `src/i18n/${language}/${name}.ts`);

/** The page that `/` leads to for a role, as its feature says. */
const starts = {
  patient: ['src/features/patient/requests-page.tsx', ['shell', 'problems', 'patient', 'specialties']],
  stranger: ['src/features/auth/landing-page.tsx', ['shell', 'problems', 'auth']],
} as const;

test.each(['en', 'es', 'de'])('the first load of a start page is less than 150 kB, gzipped (%s)', (language) => {
  for (const [who, [module, names]] of Object.entries(starts)) {
    const files = filesFor([module, ...texts(language, names)]);
    const sizes = [...files].map((file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(50_000);
    expect(total, `${who}, of ${files.size} files`).toBeLessThan(budgetBytes);
  }
});

test('the client alone is less than 12 kB, gzipped, and loads nothing else', async () => {
  const input = fileURLToPath(new URL('../../client/src/index.ts', import.meta.url));
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, rolldownOptions: { input, preserveEntrySignatures: 'strict' } },
  });
  if (!('output' in built)) throw new Error('One bundle was to be built.');
  const [{ code, imports }, ...others] = built.output;
  expect([imports, others]).toEqual([[], []]);
  const bytes = gzipSync(code, { level: 9 }).length;
  expect(bytes).toBeGreaterThan(5000);
  expect(bytes).toBeLessThan(12_000);
});

test('a patient loads no page of a doctor or an admin', () => {
  const files = filesFor([starts.patient[0]]);
  const others = Object.keys(manifest).filter((key) => /^src\/features\/(doctor|admin)\//.test(key));
  expect(others.length).toBeGreaterThan(1);
  for (const key of others) expect(files).not.toContain(manifest[key]?.file);
});

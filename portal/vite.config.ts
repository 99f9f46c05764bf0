import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { defineConfig, type Plugin, type Rolldown } from 'vite';
import { features } from './src/app/features.ts';
import { languages } from './src/i18n/catalogue.ts';

const root = fileURLToPath(new URL('.', import.meta.url));

/**
 * What is used together is one file: on a weak network a call costs more than what it brings. The libraries change seldom, so that an
 * update of ours leaves them with the browser.
 */
const groups: Rolldown.CodeSplittingGroup[] = [
  { name: 'vendor', tags: ['$initial'], test: /\/node_modules\// },
  { name: 'shell', tags: ['$initial'], test: (id) => !id.endsWith('/sw.ts') },
  { name: 'kit', test: /\/(src\/(ui|app)|node_modules)\//, minShareCount: 3 },
  { name: (id) => /\/features\/(\w+)\//.exec(id)?.[1], minShareCount: 2 },
];

export default defineConfig({
  root,
  clearScreen: false,
  plugins: [shell(), compressed()],
  build: {
    outDir: process.env['PORTAL_OUT'] ?? 'dist',
    emptyOutDir: process.env['PORTAL_WATCH'] === undefined,
    // What browsers of the last five years run; dialogs, `inert` and `:has` are there too.
    target: ['es2022', 'safari16.4', 'chrome109', 'firefox121'],
    manifest: 'manifest.json',
    // Icons have their own addresses; nothing is written into the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // „use client“ at the top of a library is for servers that render; there is none.
      onLog: (level, log, handle) => (log.code === 'MODULE_LEVEL_DIRECTIVE' ? undefined : handle(level, log)),
      checks: { pluginTimings: false },
      input: { index: join(root, 'index.html'), sw: join(root, 'src/app/sw.ts') },
      output: {
        entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        codeSplitting: { groups },
      },
    },
  },
});

/**
 * What the server has to know, `routes.json`: the paths that are the portal's, with what each loads beside what the page itself names, so
 * that a browser asks for all of it at once. And what the service worker keeps for a start without network: all that the page at `/` may
 * name, in each language.
 */
function shell(): Plugin {
  return {
    name: 'openward-shell',
    apply: 'build',
    // After the page itself is there.
    enforce: 'post',
    generateBundle(_options, bundle) {
      const page = bundle['index.html'];
      const worker = bundle['sw.js'];
      if (page?.type !== 'asset' || worker?.type !== 'chunk') this.error('There is no index.html, or no sw.js.');
      const named = new Set([...String(page.source).matchAll(/"\/(assets\/[^"]+)"/g)].map(([, file = '']) => file));
      const filesOf = (...modules: string[]): string[] => {
        const files = new Set<string>();
        for (const module of modules) addFiles(bundle, chunkOf(bundle, module).fileName, files);
        return [...files].filter((file) => !named.has(file)).map((file) => `/${file}`);
      };
      const textsIn = (language: string, names: readonly string[]) =>
        filesOf(...['shell', 'problems', ...names].map((name) => `src/i18n/${language}/${name}.ts`));
      const pages = Object.entries(features).flatMap(([feature, { routes }]) =>
        routes.map(({ path, load, messages }) => ({
          path,
          files: filesOf(`src/features/${feature}/${moduleOf(load)}`),
          texts: Object.fromEntries(languages.map((language) => [language, textsIn(language, messages)])),
        })),
      );
      const first = pages.find(({ path }) => path === '/');
      const kept = ['/icon.svg', '/manifest.webmanifest', ...[...named].map((file) => `/${file}`)];
      const urls = new Set([...kept, ...(first?.files ?? []), ...Object.values(first?.texts ?? {}).flat()]);
      worker.code = worker.code.replace('__SHELL__', JSON.stringify([...urls].sort()));
      this.emitFile({ type: 'asset', fileName: 'routes.json', source: JSON.stringify(pages) });
    },
  };
}

/** Which module a route loads stands in its function, and only there. */
function moduleOf(load: () => unknown): string {
  const [, module] = /import\(['"]\.\/([^'"]+)['"]\)/.exec(String(load)) ?? [];
  if (module === undefined) throw new Error(`A route is to load a page of its own feature, by import('./…'): ${load}`);
  return module;
}

function chunkOf(bundle: Rolldown.OutputBundle, module: string): Rolldown.OutputChunk {
  const id = join(root, module);
  for (const part of Object.values(bundle)) if (part.type === 'chunk' && part.facadeModuleId === id) return part;
  throw new Error(`There is no chunk of ${module}.`);
}

/** A file with all that it imports, and their styles. */
function addFiles(bundle: Rolldown.OutputBundle, name: string, files: Set<string>): void {
  const part = bundle[name];
  if (part?.type !== 'chunk' || files.has(name)) return;
  files.add(name);
  for (const css of part.viteMetadata?.importedCss ?? []) files.add(css);
  for (const imported of part.imports) addFiles(bundle, imported, files);
}

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);
const compressible = /\.(js|css|svg|webmanifest)$/;

/** Each text file once more as .br and .gz, as small as they get: made once here, not with every call. */
function compressed(): Plugin {
  return {
    name: 'openward-compressed',
    apply: 'build',
    async writeBundle({ dir = '' }, bundle) {
      const names = Object.keys(bundle).filter((name) => compressible.test(name));
      const watching = process.env['PORTAL_WATCH'] !== undefined;
      await Promise.all(
        [...names, 'icon.svg', 'manifest.webmanifest'].map(async (name) => {
          const content = readFileSync(join(dir, name));
          const params = { [constants.BROTLI_PARAM_QUALITY]: watching ? 4 : 11 };
          await writeFile(join(dir, `${name}.br`), await brotli(content, { params }));
          await writeFile(join(dir, `${name}.gz`), await gzipped(content, { level: 9 }));
        }),
      );
    },
  };
}

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';
import { routes } from './src/app/features.ts';

const root = fileURLToPath(new URL('.', import.meta.url));

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
      output: { entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
});

/**
 * What the server has to know, `routes.json`: the paths that are the portal's. And what the service worker keeps for a start
 * without network: the page, what it loads first, the texts of the shell.
 */
function shell(): Plugin {
  return {
    name: 'openward-shell',
    apply: 'build',
    generateBundle(_options, bundle) {
      const files = new Set<string>();
      const add = (name: string): void => {
        const part = bundle[name];
        if (part === undefined || files.has(name)) return;
        files.add(name);
        if (part.type !== 'chunk') return;
        for (const css of part.viteMetadata?.importedCss ?? []) files.add(css);
        for (const imported of part.imports) add(imported);
      };
      for (const part of Object.values(bundle)) {
        if (part.type !== 'chunk') continue;
        const isEntry = part.isEntry && part.name === 'index';
        const isText = /\/i18n\/\w+\/(shell|problems)\.ts$/.test(part.facadeModuleId ?? '');
        if (isEntry || isText) add(part.fileName);
      }
      const worker = bundle['sw.js'];
      if (worker?.type !== 'chunk') this.error('There is no sw.js.');
      const urls = ['/icon.svg', '/manifest.webmanifest', ...[...files].sort().map((file) => `/${file}`)];
      worker.code = worker.code.replace('__SHELL__', JSON.stringify(urls));
      const paths = routes.map(({ path }) => path);
      this.emitFile({ type: 'asset', fileName: 'routes.json', source: JSON.stringify(paths) });
    },
  };
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

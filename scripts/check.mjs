// Everything that must hold of the code without running it: `npm run check`. All checks run, then all failures are named.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const checks = [
  ['format and lint', 'biome', ['check', '--error-on-warnings', '.']],
  ['types', 'tsc', ['-p', '.']],
  [
    'borders between modules',
    'depcruise',
    ['--config', '.dependency-cruiser.mjs', 'contracts', 'client', 'server', 'portal'],
  ],
  ['licences of what runs in production', process.execPath, ['scripts/check-licences.mjs']],
  ['dead code and dependencies', 'knip', ['--no-progress']],
];

const failed = [];
for (const [name, command, args] of checks) {
  const startedAt = performance.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const ok = status === 0 && error === undefined;
  process.stdout.write(`${ok ? '✓' : '✗'} ${name} (${seconds} s)\n`);
  if (ok) continue;
  failed.push(name);
  process.stdout.write(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}\n`);
}

if (failed.length > 0) {
  process.stdout.write(
    `\n${failed.length} of ${checks.length} checks failed: ${failed.join(', ')}. "npm run format" mends what can be mended alone.\n`,
  );
  process.exit(1);
}
process.stdout.write(`All ${checks.length} checks passed.\n`);

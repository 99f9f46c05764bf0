/**
 * Before the tests: what they need beside npm's packages. On Debian as root redis-server, Chromium and nginx are installed when they
 * are missing (and not started: each test starts its own). Elsewhere nothing is done, and the tests that need it leave themselves out,
 * by name; with CI=true that is a failure. Other tools than these two are named as arguments.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

const tools = [
  { name: 'redis-server' },
  { name: 'chromium' },
  { name: 'nginx', packages: ['nginx', 'libnginx-mod-http-brotli-static'] },
];
const named = process.argv.slice(2).map((name) => ({ name }));

for (const tool of named.length > 0 ? named : tools)
  if (!isThere(tool) && process.getuid?.() === 0 && existsSync('/etc/debian_version')) install(tool);

function isThere({ name }) {
  // Not every one knows --version; one that is not there cannot be started.
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined;
}

function install(tool) {
  const { name, packages = [name] } = tool;
  console.log(`Installing ${name}, for the tests, with apt-get.`);
  const policy = '/usr/sbin/policy-rc.d';
  const own = !existsSync(policy);
  // Debian starts what it installs, unless this says no.
  if (own) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    if (!apt(['install', '-y', '--no-install-recommends', ...packages]) && apt(['update']))
      apt(['install', '-y', '--no-install-recommends', ...packages]);
  } finally {
    if (own) rmSync(policy);
  }
  if (!isThere(tool)) console.log(`${name} could not be installed; the tests that need it say so.`);
}

function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['-q', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0;
}

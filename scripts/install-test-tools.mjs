/**
 * Before the tests: what they need beside npm's packages. On Debian as root redis-server and Chromium are installed when they
 * are missing (and not started: each test starts its own). Elsewhere nothing is done, and the tests that need it leave themselves out,
 * by name; with CI=true that is a failure. Other tools than these two are named as arguments.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['redis-server', 'chromium'];

for (const name of wanted)
  if (!isThere(name) && process.getuid?.() === 0 && existsSync('/etc/debian_version')) install(name);

function isThere(command) {
  // Not every one knows --version; one that is not there cannot be started.
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
}

function install(name) {
  console.log(`Installing ${name}, for the tests, with apt-get.`);
  const policy = '/usr/sbin/policy-rc.d';
  const own = !existsSync(policy);
  // Debian starts what it installs, unless this says no.
  if (own) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    if (!apt(['install', '-y', '--no-install-recommends', name]) && apt(['update']))
      apt(['install', '-y', '--no-install-recommends', name]);
  } finally {
    if (own) rmSync(policy);
  }
  if (!isThere(name)) console.log(`${name} could not be installed; the tests that need it say so.`);
}

function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['-q', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0;
}

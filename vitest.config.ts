import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** Files that take longest, most of them waiting: first, so that none is left over at the end. */
const long = [
  'server/src/modules/{care/{accept-request,two-tabs},identity/mutated-tokens,identity/sessions/session-races,people/record-rooms}.test.ts',
  'server/src/platform/{bus/*,database/embedded-postgres,jobs/jobs}.test.ts',
  'server/test/{redis-failover,start,tracing}.test.ts',
];
/** Files that hold something against the clock or the memory: when the others are through, in processes of their own. */
const measuring = [
  'bench/cpu-cost.test.ts',
  'server/src/modules/abuse/guard-nodes.test.ts',
  'server/src/modules/chat/{attachments-memory,socket/idle-memory,socket/limits}.test.ts',
  'server/src/modules/identity/same-time.test.ts',
  'server/src/modules/identity/sessions/{login-limits-nodes,session-cache}.test.ts',
  'server/src/platform/{cache/cache,limits/redis-limiter,redis/*}.test.ts',
  'server/test/{cache,redis-away,redis-faults}.test.ts',
];
/** Needs a Citus, which is not to be had everywhere: `npm run test:citus`. */
const ofCitus = process.env['TEST_CHAT_DATABASE_URL'] === undefined ? ['server/test/citus/*.test.ts'] : [];

export default defineConfig({
  test: {
    globalSetup: ['server/test/global-setup.ts'],
    projects: [
      together('long', long, []),
      together('short', ['**/*.test.ts'], [...long, ...measuring, ...ofCitus]),
      project('measuring', measuring, [], { maxWorkers: 2, sequence: { groupOrder: 1 } }),
    ],
    coverage: {
      provider: 'v8',
      include: ['server/src/**/*.ts', 'client/src/**/*.ts', 'contracts/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/test-support.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: { lines: 90, branches: 85 },
    },
  },
});

/** More files at once than the two cores of CI, since most wait most of the time; and the product is loaded once for each worker. */
function together(name: string, include: string[], without: string[]) {
  return project(name, include, without, { isolate: false, maxWorkers: 4 });
}

function project(name: string, include: string[], without: string[], more: TestProjectInlineConfiguration['test']) {
  // Generous: a busy machine is slow, and a test that hangs is rare.
  const patience = { testTimeout: 300_000, hookTimeout: 120_000 };
  return { test: { ...patience, name, include, exclude: ['**/node_modules/**', ...without], ...more } };
}

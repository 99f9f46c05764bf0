import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: ['server/test/global-setup.ts'],
    // Each file has a server and databases of its own, and tests of time share the cores with the others: not more than cores.
    maxWorkers: 2,
    // Generous: a busy machine is slow, and a test that hangs is rare.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    coverage: {
      provider: 'v8',
      include: ['server/src/**/*.ts', 'client/src/**/*.ts', 'contracts/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/test-support.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: { lines: 90, branches: 85 },
    },
  },
});

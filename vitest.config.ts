import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/set-up.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two workers: tests that build LANs share the cores with the routers that they measure.
    maxWorkers: 2,
  },
});

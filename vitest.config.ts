import { defineConfig } from 'vitest/config';
import { skippedReporter } from './test/skipped.ts';

const GITHUB = process.env.GITHUB_ACTIONS === 'true' ? ['github-actions'] : [];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/set-up.ts'],
    reporters: ['default', ...GITHUB, skippedReporter()],
    testTimeout: 90_000,
    hookTimeout: 60_000,
    // Two workers: tests that build LANs share the cores with the routers that they measure.
    maxWorkers: 2,
  },
});

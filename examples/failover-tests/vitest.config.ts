import { defineConfig } from 'vitest/config';

// A failover at advertisements each second takes some seconds.
export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 60_000 } });

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The golden tests read numbers of any seed: `npm run test:golden`.
    setupFiles: ['test/setup.ts'],
    restoreMocks: true,
  },
});

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    // Nothing goes to the cache of whoever runs the tests; two files at a time compute with a thread each.
    env: { MASKWRIGHT_KEPT_GRAPHS: 'off', MASKWRIGHT_THREADS: '1' },
  },
})

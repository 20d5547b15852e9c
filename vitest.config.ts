import { defineConfig } from 'vitest/config'

/** What works on numbers and documents that it is given: one file of tests leaves nothing behind for the next. */
const PARTS = ['src/!(node|cli|server|studio)/**/*.test.ts', 'apps/*/src/**/*.test.ts']

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    // Nothing goes to the cache of whoever runs the tests; two files at a time compute with a thread each.
    env: { MASKWRIGHT_KEPT_GRAPHS: 'off', MASKWRIGHT_THREADS: '1' },
    projects: [
      // Modules are loaded once a process and not once a file, which takes longer than most tests.
      { extends: true, test: { name: 'parts', include: PARTS, isolate: false } },
      {
        extends: true,
        test: { name: 'whole', include: ['src/**/*.test.ts', 'test/**/*.test.ts'], exclude: PARTS },
      },
    ],
  },
})

import { defineConfig } from 'vitest/config'

/** One file of these leaves nothing behind for the next. */
const PARTS = [
  'src/!(node|cli|server|studio)/**/*.test.ts',
  'src/node/**/!(coco-files|batch-maker).test.ts',
  'src/cli/{data,photos,studio,weights}/**/*.test.ts',
  'apps/*/src/**/*.test.ts',
]

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // One more than there are cores in CI: files wait for processes and connections a sixth of their time.
    maxWorkers: 3,
    // Nothing goes to the cache of whoever runs the tests; files at the same time compute with a thread each.
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

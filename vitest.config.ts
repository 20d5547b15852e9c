import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that change what others share, such as the environment or the folder, or that measure or end a process. */
const WHOLE = [
  'src/node/{coco-files,batch-maker}.test.ts',
  'src/cli/{int8-model.ort,joined-ranks}.test.ts',
  'src/client/asking-again.test.ts',
  'test/{benchmarks,docs-commands,package}.test.ts',
  'test/end-to-end/telemetry.test.ts',
]

/** What takes most of a minute and more: begun last, one of these would keep one core busy and leave the others idle. */
const LONG = [
  'src/models/exported-model.ort.test.ts',
  'test/parity/parity.ort.test.ts',
  'test/end-to-end/train.ort.test.ts',
  'test/end-to-end/train-photos.test.ts',
  'test/end-to-end/mpi.ort.test.ts',
  'test/end-to-end/kill-resume.test.ts',
  'src/cli/bench/bench.ort.test.ts',
  'src/train/trainer.ort.test.ts',
  'test/browser/studio-learning.test.ts',
  'test/browser/studio-newcomer.test.ts',
  'src/cli/train-frozen.ort.test.ts',
  'src/cli/train-runs.ort.test.ts',
  'src/graph/placement/gpu-graph.ort.test.ts',
]

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification) => {
      if (project.config.isolate) return 0
      return LONG.some((file) => moduleId.endsWith(`/${file}`)) ? 1 : 2
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // One more than there are cores in CI: files wait for processes and connections a sixth of their time.
    maxWorkers: 3,
    // Nothing goes to the cache of whoever runs the tests; files at the same time compute with a thread each.
    env: { MASKWRIGHT_KEPT_GRAPHS: 'off', MASKWRIGHT_THREADS: '1' },
    sequence: { sequencer: LongFirst },
    projects: [
      // Modules are loaded once a process and not once a file, which would take longer than most tests.
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['{src,test}/**/*.test.ts', 'apps/*/src/**/*.test.ts'],
          exclude: WHOLE,
          isolate: false,
        },
      },
      { extends: true, test: { name: 'whole', include: WHOLE } },
    ],
  },
})

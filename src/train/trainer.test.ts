import { describe, expect, it } from 'vitest'
import { memoryFiles } from '../../test/memory-files.ts'
import type { LoadedBatch } from '../data/loader.ts'
import { float32, zeros } from '../tensor/tensor.ts'
import { LAST_CHECKPOINT } from '../weights/checkpoint-files.ts'
import { checkpointWriter, loadCheckpoint } from './checkpoint.ts'
import { saveHook } from './hooks.ts'
import type { TrainStep } from './train-graph.ts'
import type { TrainSession } from './train-session.ts'
import { type Hook, train } from './trainer.ts'

/** A model of one weight that every step raises by one; the loss is 1, but not a number in the step `diverges`. */
function counting(diverges?: number) {
  const step = { renewed: ['w'], scalars: ['loss'] } as unknown as TrainStep
  const session: TrainSession = {
    take: async ({ state, next }) => {
      if (!(await next())) return undefined
      const raised = state.get('w')!.data[0] + 1
      const scalars = { loss: raised === diverges ? Number.NaN : 1 }
      return { renewed: new Map([['w', float32([raised], [1])]]), scalars }
    },
    dispose: async () => {},
  }
  return { step, session }
}

/** Batches of one pixel; the one after `last` cannot be read. */
async function* batches(last: number): AsyncGenerator<LoadedBatch> {
  for (let index = 1; index <= last; index++) {
    const feeds = {
      images: zeros('uint8', [1, 1, 1, 3]),
      image_sizes: float32([1, 1], [1, 2]),
      gt_boxes: zeros('float32', [1, 1, 4]),
      gt_labels: zeros('int64', [1, 1]),
    }
    yield { feeds, files: ['a.png'], position: { epoch: 0, index } }
  }
  throw new Error('b.png cannot be read')
}

function run({ hooks = [], last = 9, diverges }: { hooks?: Hook[]; last?: number; diverges?: number }) {
  const files = memoryFiles()
  const result = train({
    ...counting(diverges),
    state: new Map([['w', float32([0], [1])]]),
    progress: { step: 0, seed: 1, position: { epoch: 0, index: 0 } },
    batches: batches(last),
    schedule: () => 0.1,
    steps: 20,
    hooks: [...hooks, saveHook(checkpointWriter(files), { every: 4 })],
  })
  return { result, files }
}

describe('a run that fails', () => {
  it('keeps the last step it took: an image that cannot be read costs nothing', async () => {
    const { result, files } = run({ last: 6 })
    await expect(result).rejects.toThrow('b.png cannot be read')
    const { progress, tensors } = (await loadCheckpoint(files))!
    expect(progress).toEqual({ step: 6, seed: 1, position: { epoch: 0, index: 6 } })
    expect([...tensors.get('w')!.data]).toEqual([6])
  })

  it.each(['afterStep', 'atEnd'] as const)(
    'keeps it where something beside training fails %s',
    async (when) => {
      const failing: Hook =
        when === 'atEnd'
          ? { atEnd: () => Promise.reject(new Error('no report')) }
          : {
              afterStep: async ({ progress }) => {
                if (progress.step === 7) throw new Error('no report')
                return undefined
              },
            }
      const { result, files } = run({ hooks: [failing], last: when === 'atEnd' ? 20 : 9 })
      await expect(result).rejects.toThrow('no report')
      expect((await loadCheckpoint(files))?.progress.step).toBe(when === 'atEnd' ? 20 : 7)
    },
  )

  it('keeps nothing of weights that led out of the finite numbers', async () => {
    const { result, files } = run({ diverges: 7 })
    await expect(result).rejects.toThrow('step 7: training has left the finite numbers')
    expect((await loadCheckpoint(files))?.progress.step).toBe(4)
  })

  it('leaves no checkpoint where no step was taken', async () => {
    const { result, files } = run({ last: 0 })
    await expect(result).rejects.toThrow('b.png')
    expect(files.content.has(LAST_CHECKPOINT)).toBe(false)
  })

  it('tells of the first failure where saving fails as well', async () => {
    const unsaved: Hook = { atFailure: () => Promise.reject(new Error('disk full')) }
    await expect(run({ hooks: [unsaved], last: 2 }).result).rejects.toThrow('b.png')
  })
})

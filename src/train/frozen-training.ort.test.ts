import { describe, expect, it } from 'vitest'
import { memoryFiles } from '../../test/memory-files.ts'
import { learningFasterRcnn } from '../../test/thin-model.ts'
import type { BatchFeeds } from '../data/batch.ts'
import { collectNodes } from '../graph/graph.ts'
import { createSession } from '../node/session.ts'
import { constantRate } from '../optim/schedule.ts'
import { sgd } from '../optim/sgd.ts'
import { float32, tensor } from '../tensor/tensor.ts'
import { checkpointWriter, loadCheckpoint } from './checkpoint.ts'
import { saveHook } from './hooks.ts'
import { resumedState, startState } from './state.ts'
import { trainGraph } from './train-graph.ts'
import { openTrainSession } from './train-session.ts'
import { train } from './trainer.ts'

const SIDE = 64

const model = learningFasterRcnn()

function stepWith(frozen: readonly string[]) {
  const optimizer = sgd({ momentum: 0.9, weightDecay: 0.1 })
  return trainGraph(model, {
    batchSize: 1,
    size: { height: SIDE, width: SIDE },
    optimizer,
    emaDecay: 0.5,
    frozen,
  })
}

/** Names of layers of the body that nodes of gradients belong to. */
function layersWithGradients({ graph }: ReturnType<typeof stepWith>): string[] {
  const nodes = Object.values(graph.outputs).flatMap((value) => collectNodes(value, new Set()))
  const found = nodes.map(({ path }) => /body\.(\w+).*gradient/.exec(path)?.[1] ?? '')
  return [...new Set(found)].filter((name) => name !== '').sort()
}

describe('a training with frozen stages', () => {
  const stages = model.freezable!
  const step = stepWith(stages.slice(0, 2).flat())
  const isFrozen = (name: string) => /backbone\.body\.(conv1|bn1|layer1)\./.test(name)

  it('computes no gradient of them, nor below them, and keeps no slots', () => {
    expect(layersWithGradients(stepWith([]))).toEqual([
      'bn1',
      'conv1',
      'layer1',
      'layer2',
      'layer3',
      'layer4',
    ])
    expect(layersWithGradients(step)).toEqual(['layer2', 'layer3', 'layer4'])
    expect(layersWithGradients(stepWith(stages.flat()))).toEqual([])
    // The stage alone: gradients go through it, and its weights have none.
    const alone = stepWith(stages[1])
    expect(layersWithGradients(alone)).toContain('conv1')
    expect(alone.renewed.filter((name) => name.includes('layer1'))).toEqual([])
    const kept = [...step.renewed, ...step.slots.map(({ name }) => name)]
    expect(kept.filter(isFrozen)).toEqual([])
    expect(kept).toContain('backbone.body.layer2.0.bn1.running_mean')
    const { specs } = stepWith([])
    expect(step.specs.map(({ name }) => name).sort()).toEqual(specs.map(({ name }) => name).sort())
  })

  it('leaves them as they are to the last bit, and goes on from a checkpoint', async () => {
    const session = await openTrainSession(step, createSession, { threads: 1 })
    try {
      const files = memoryFiles()
      const run = async (steps: number, from: { state: typeof begun; step: number }) =>
        train({
          ...{ step, session, steps, state: from.state, schedule: constantRate(0.1), batches: batches() },
          progress: { step: from.step, seed: 1, position: { epoch: 0, index: from.step } },
          hooks: from.step === 0 && steps === 2 ? [saveHook(checkpointWriter(files), { every: 1 })] : [],
        })
      const begun = startState(step, { seed: 1 })
      const whole = await run(3, { state: begun, step: 0 })
      const moved = step.specs.filter(({ name }) => !same(begun.get(name)!.data, whole.state.get(name)!.data))
      expect(moved.filter(({ name }) => isFrozen(name))).toEqual([])
      const trained = step.specs.filter(({ name }) => /layer2.*(weight|running_mean)$/.test(name))
      expect(trained.length).toBeGreaterThan(5)
      expect(moved).toEqual(expect.arrayContaining(trained))

      await run(2, { state: begun, step: 0 })
      const { tensors, progress } = (await loadCheckpoint(files))!
      const resumed = await run(3, { state: resumedState(step, tensors), step: progress.step })
      for (const [name, { data }] of whole.state)
        expect([name, resumed.state.get(name)!.data]).toEqual([name, data])
    } finally {
      await session.dispose()
    }
  }, 120_000)

  it('refuses parts that are none, and freezing everything', () => {
    expect(() => stepWith(['backbone.body.layer'])).toThrow(
      'frozen: the model has no such part to freeze; expected the beginning of names of its parameters, up to a dot, got backbone.body.layer',
    )
    expect(() => stepWith(['backbone', 'rpn', 'roi_heads'])).toThrow('nothing is left to train')
  })
})

function same(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  return Array.from(a).every((value, i) => Object.is(value, b[i]))
}

async function* batches() {
  const images = tensor(
    'uint8',
    [1, SIDE, SIDE, 3],
    Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => (i * 7) % 251),
  )
  const feeds: BatchFeeds = {
    images,
    image_sizes: float32([SIDE, SIDE], [1, 2]),
    gt_boxes: float32([8, 8, 40, 44], [1, 1, 4]),
    gt_labels: tensor('int64', [1, 1], new BigInt64Array([1n])),
  }
  for (let index = 1; ; index++) yield { feeds, files: ['a.png'], position: { epoch: 0, index } }
}

import { describe, expect, it } from 'vitest'
import { memoryFiles } from '../../test/memory-files.ts'
import type { BatchFeeds } from '../data/batch.ts'
import type { LoadedBatch } from '../data/loader.ts'
import { DEFAULT_TRANSFORM } from '../detection/transform.ts'
import { drawn, type Trainable, type TrainingBatch } from '../models/training-batch.ts'
import { conv2d } from '../nn/conv.ts'
import { linear } from '../nn/linear.ts'
import { batchNorm } from '../nn/norm.ts'
import type { Scope } from '../nn/scope.ts'
import { createSession } from '../node/session.ts'
import { add, mul, relu, sub } from '../ops/elementwise.ts'
import { reshape, slice } from '../ops/layout.ts'
import { reduceMean } from '../ops/reduce.ts'
import { adamw } from '../optim/adamw.ts'
import { float32, type Tensor, tensor, toNumbers, zeros } from '../tensor/tensor.ts'
import { type Checkpoint, checkpointWriter, loadCheckpoint } from './checkpoint.ts'
import { saveHook } from './hooks.ts'
import { openSplitSession } from './split-session.ts'
import { resumedState, type State, startState } from './state.ts'
import { splitTrainGraph, trainGraph } from './train-graph.ts'
import { openTrainSession, type TrainSession } from './train-session.ts'
import { type Hook, train } from './trainer.ts'

/** A convolution, a norm where asked for, means, a linear layer: squares of its distances to the first numbers of the boxes. */
function toy({ norm, draws = {} }: { norm: boolean; draws?: Trainable['draws'] }): Trainable {
  return {
    draws,
    finds: ['box'],
    transform: { ...DEFAULT_TRANSFORM, mean: [0, 0, 0], std: [1, 1, 1] },
    losses: (scope: Scope, batch: TrainingBatch) => {
      const maps = conv2d(scope.child('conv'), { in: 3, out: 2, kernel: 1, bias: false })(batch.images)
      const normed = norm ? batchNorm(scope.child('bn'), 2, 1e-5)(maps) : maps
      const means = reduceMean(relu(normed), [2, 3])
      const said = linear(scope.child('linear'), { in: 2, out: 1 })(means)
      const noisy =
        'noise' in draws ? add(said, reduceMean(drawn(batch, 'noise'), [1], { keepDims: true })) : said
      const n = batch.images.shape[0] as number
      const away = sub(noisy, reshape(slice(batch.boxes, 2, 0, 1), [n, 1]))
      return { losses: { loss_square: reduceMean(mul(away, away)) }, metrics: {} }
    },
  }
}

const START = {
  'conv.weight': float32([0.5, -0.25, 0.75, -0.5, 1, 0.125], [2, 3, 1, 1]),
  'linear.weight': float32([0.5, -1], [1, 2]),
  'linear.bias': float32([0.25]),
}
const START_OF_NORM = { 'bn.weight': float32([1, 0.5]), 'bn.bias': float32([0.1, -0.2]) }

const SIDE = 4
const EACH = SIDE * SIDE * 3
const byteAt = (i: number, k: number) => (i * 37 + k * 11 + ((i * i) % 13) * 5) % 256
const pictures = [0, 1, 2, 3].flatMap((k) => [
  Uint8Array.from({ length: EACH }, (_, i) => byteAt(i, k)),
  Uint8Array.from({ length: EACH }, (_, i) => byteAt(EACH + i, k)),
])
const targets = [0.5, -1, 2, 0.25, -0.5, 1.5, 3, 0]

/** Eight pictures in batches of so many. */
async function* batches(size: number, taken = 0) {
  for (let first = taken * size, index = taken + 1; first < pictures.length; first += size, index++) {
    const feeds: BatchFeeds = {
      images: tensor('uint8', [size, SIDE, SIDE, 3], new Uint8Array(size * EACH)),
      image_sizes: float32(new Array(2 * size).fill(SIDE), [size, 2]),
      gt_boxes: zeros('float32', [size, 1, 4]),
      gt_labels: zeros('int64', [size, 1]),
    }
    for (let i = 0; i < size; i++) {
      feeds.images.data.set(pictures[first + i], i * EACH)
      feeds.gt_boxes.data[4 * i] = targets[first + i]
    }
    yield { feeds, files: [`${index}.png`], position: { epoch: 0, index } }
  }
}

/** The same batches, and a failure after so many of all. */
async function* endingAfter(last: number, from: AsyncIterable<LoadedBatch>): AsyncGenerator<LoadedBatch> {
  for await (const batch of from) {
    if (batch.position.index > last) throw new Error('killed')
    yield batch
  }
}

const options = { optimizer: adamw({ weightDecay: 0.05 }), clipNorm: 1, emaDecay: 0.9 }

interface Run {
  readonly step: Parameters<typeof startState>[0]
  readonly session: TrainSession
  readonly size: number
  readonly weights: ReadonlyMap<string, Tensor>
}

/** What two steps tell, and the state after them. */
async function twoSteps({ step, session, size, weights }: Run) {
  const told: Readonly<Record<string, number>>[] = []
  const hook: Hook = {
    afterStep: async ({ scalars }) => {
      told.push(scalars)
      return undefined
    },
  }
  const state: State = startState(step, { seed: 1, weights })
  const progress = { step: 0, seed: 1, position: 0 }
  const common = { step, session, state, progress, schedule: () => 0.05, steps: 2, hooks: [hook] }
  const result = await train({ ...common, batches: batches(size) })
  await session.dispose()
  return { told, state: result.state, progress: result.progress }
}

async function accumulated(
  model: Trainable,
  weights: ReadonlyMap<string, Tensor>,
  size: number,
  accumulate: number,
) {
  const step = splitTrainGraph(model, { ...options, batchSize: size })
  const session = await openSplitSession(step, createSession, { threads: 1, accumulate })
  return twoSteps({ step, session, size, weights })
}

describe('a step of several batches', () => {
  it('is what PyTorch makes of accumulated gradients, clipped and averaged', async () => {
    // PyTorch 2: loss / 2 of two batches of two, backward each, clip_grad_norm_, AdamW with decay on weights alone.
    const expected = {
      'conv.weight': [0.4541288, -0.34302744, 0.76415098, -0.4802295, 0.90444833, 0.22115242],
      'bn.weight': [0.97919625, 0.41179836],
      'bn.bias': [0.085239016, -0.29084831],
      'linear.weight': [0.47753114, -1.0095788],
      'linear.bias': [0.33928603],
      // Renewed by each of the four batches.
      'bn.running_mean': [0.15090394, 0.12591571],
      'bn.running_var': [0.67198646, 0.67849588],
      'ema/conv.weight': [0.49080038, -0.2637465, 0.7557463, -0.49341047, 0.98571986, 0.13908711],
      'ema/linear.bias': [0.2634286],
      'ema/bn.running_var': [0.95089954, 0.9518165],
    }
    const weights = new Map(Object.entries({ ...START, ...START_OF_NORM }))
    const { told, state, progress } = await accumulated(toy({ norm: true }), weights, 2, 2)
    expect(progress).toEqual({ step: 2, seed: 1, position: { epoch: 0, index: 4 } })
    for (const [i, [loss, norm]] of [
      [1.1793666, 0.20854409],
      [2.1777996, 1.4227699],
    ].entries()) {
      expect(told[i].loss).toBeCloseTo(loss, 5)
      expect(told[i].gradient_norm).toBeCloseTo(norm, 5)
    }
    for (const [name, values] of Object.entries(expected)) {
      for (const [i, value] of toNumbers(state.get(name)!).entries())
        expect([name, Math.abs(value - values[i]) < 2e-6]).toEqual([name, true])
    }
  })

  it.each([1, 2, 4])(
    'is one step of four images whether they come in batches of %i, sampling included',
    async (size) => {
      const draws = { noise: () => 3 }
      const weights = new Map(Object.entries(START))
      const step = trainGraph(toy({ norm: false, draws }), { ...options, batchSize: 4 })
      const session = await openTrainSession(step, createSession, { threads: 1, searchMemory: false })
      const whole = await twoSteps({ step, session, size: 4, weights })
      const parts = await accumulated(toy({ norm: false, draws }), weights, size, 4 / size)
      for (const [i, scalars] of whole.told.entries())
        for (const [name, value] of Object.entries(scalars)) expect(parts.told[i][name]).toBeCloseTo(value, 6)
      for (const [name, value] of whole.state) {
        const got = toNumbers(parts.state.get(name)!)
        for (const [i, number] of toNumbers(value).entries()) expect(got[i]).toBeCloseTo(number, 6)
      }
    },
  )

  it('killed within it is taken again as a whole, to the last bit', async () => {
    const weights = new Map(Object.entries({ ...START, ...START_OF_NORM }))
    const model = toy({ norm: true })
    const whole = await accumulated(model, weights, 2, 2)
    const files = memoryFiles()
    const step = splitTrainGraph(model, { ...options, batchSize: 2 })
    const run = async (from: Checkpoint, until: number) => {
      const session = await openSplitSession(step, createSession, { threads: 1, accumulate: 2 })
      const { index } = from.progress.position as { index: number }
      const save = saveHook(checkpointWriter(files), { every: 1 })
      const result = await train({
        ...{ step, session, state: resumedState(step, from.tensors), progress: from.progress, steps: 2 },
        batches: endingAfter(until, batches(2, index)),
        schedule: () => 0.05,
        hooks: [save],
      }).finally(() => session.dispose())
      return result.state
    }
    const position = { epoch: 0, index: 0 }
    const begun = {
      tensors: startState(step, { seed: 1, weights }),
      progress: { step: 0, seed: 1, position },
    }
    await expect(run(begun, 3)).rejects.toThrow('killed')
    const kept = (await loadCheckpoint(files))!
    expect(kept.progress).toEqual({ step: 1, seed: 1, position: { epoch: 0, index: 2 } })
    const resumed = await run(kept, 4)
    for (const [name, { data }] of whole.state) expect([name, resumed.get(name)!.data]).toEqual([name, data])
  })

  it('is not taken where batches end before it is whole', async () => {
    const weights = new Map(Object.entries(START))
    const { told, progress } = await accumulated(toy({ norm: false }), weights, 2, 3)
    expect([told.length, progress.step, progress.position]).toEqual([1, 1, { epoch: 0, index: 3 }])
  })
})

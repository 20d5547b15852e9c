/**
 * Training steps on the heads alone beside full steps of the same model, in one run, taking turns: with the body frozen, with its
 * features in place of the images, and with those of the pyramid. Images of 480 x 640 pixels with eight objects each; making batches and
 * reading features is not part of a step.
 *
 *     npx tsx benchmarks/frozen.ts lite0|light-resnet50|resnet50 ROUNDS THREADS
 *
 * `lite0`: EfficientNet-Lite0 with the heads that a training without a configuration has, two images a step. `light-resnet50`: the
 * same heads on a ResNet-50. `resnet50`: torchvision's Mask R-CNN, one image. Weights are random; times are medians of rounds.
 */
import { quantile } from '../src/cli/bench/quantile.ts'
import { toOnnx } from '../src/graph/to-onnx.ts'
import { buildModel } from '../src/models/catalogue.ts'
import { createSession } from '../src/node/session.ts'
import { encodeModel } from '../src/onnx/encode.ts'
import { adamw } from '../src/optim/adamw.ts'
import { float32, type Tensor, tensor, zeros } from '../src/tensor/tensor.ts'
import { architectureOf, completeModel } from '../src/train/config-model.ts'
import { freezableParts } from '../src/train/frozen-parts.ts'
import { featureGraph } from '../src/train/loss-graph.ts'
import { type State, spareMemory, startState } from '../src/train/state.ts'
import { trainGraph } from '../src/train/train-graph.ts'
import { openTrainSession, wanted } from '../src/train/train-session.ts'
import { randomBatch, tame } from './training/random-input.ts'
import { argumentsOr } from './usage.ts'

const SIZE = { height: 480, width: 640 }
const norm = { kind: 'groupNorm', groups: 16 } as const

const LIGHT = {
  name: 'mask-rcnn',
  fpn: { channels: 96, norm },
  rpn: { training: { preNmsTopN: 600, postNmsTopN: 300 } },
  box: { head: { kind: 'mlp', width: 256 }, targets: { size: 96 } },
  mask: { head: { convs: 4, width: 96, norm } },
} as const

const MODELS = {
  lite0: { images: 2, settings: { ...LIGHT, backbone: { name: 'efficientnet_lite0' } } },
  'light-resnet50': { images: 2, settings: LIGHT },
  resnet50: { images: 1, settings: { name: 'mask-rcnn' } },
} as const

async function measured(name: keyof typeof MODELS, rounds: number, threads: number): Promise<void> {
  const { images, settings } = MODELS[name]
  const model = buildModel(architectureOf(completeModel(settings), 4))
  const batch = randomBatch(images, SIZE)
  const body = model.freezable!.flat()
  const modes = {
    full: { frozen: [], features: false },
    'body frozen': { frozen: body, features: false },
    'features of the body': { frozen: body, features: true },
    'features of the pyramid': { frozen: freezableParts(model).flat(), features: true },
  }
  const open = async ({ frozen, features }: { frozen: readonly string[]; features: boolean }) => {
    const options = { batchSize: images, size: SIZE, optimizer: adamw({ weightDecay: 0.05 }), clipNorm: 10 }
    const step = trainGraph(model, { ...options, frozen, features })
    const state = startState(step, { seed: 0 })
    tame(state)
    const feeds = features ? { ...batch, ...(await featuresOf(frozen, state)) } : batch
    const session = await openTrainSession(step, createSession, { threads })
    const take = async (taken: number) => {
      const started = performance.now()
      const place = { seed: 0, step: taken, learningRate: 1e-6 }
      await session.take({ ...place, state, next: async () => feeds, into: spareMemory(step, state) })
      return performance.now() - started
    }
    return { take, times: [] as number[] }
  }
  const featuresOf = async (frozen: readonly string[], state: State): Promise<Record<string, Tensor>> => {
    const graph = featureGraph(model, { size: SIZE, frozen })
    const session = await createSession(encodeModel(toOnnx(graph)), { threads })
    const one = {
      images: zeros('uint8', [1, SIZE.height, SIZE.width, 3]),
      image_sizes: float32([480, 640], [1, 2]),
    }
    one.images.data.set((batch.images.data as Uint8Array).subarray(0, one.images.data.length))
    const out = await session.run({ ...wanted(graph, state), ...one })
    await session.dispose()
    const repeated = ([feature, { data, shape }]: [string, Tensor]): [string, Tensor] => {
      const joined = new Uint16Array(images * data.length)
      for (let i = 0; i < images; i++) joined.set(data as Uint16Array, i * data.length)
      return [feature, tensor('float16', [images, ...shape.slice(1)], joined)]
    }
    return Object.fromEntries(Object.entries(out).map(repeated))
  }
  const subjects = []
  for (const [mode, settings] of Object.entries(modes)) subjects.push({ mode, ...(await open(settings)) })
  // The first step of each is for its memory.
  for (let round = 0; round <= rounds; round++) {
    for (const { take, times } of subjects) {
      const time = await take(round)
      if (round > 0) times.push(time)
    }
  }
  const full = quantile(subjects[0].times, 0.5)
  for (const { mode, times } of subjects) {
    const middle = quantile(times, 0.5)
    console.log(
      `${mode}: ${(middle / 1000).toFixed(2)} s, a full step takes ${(full / middle).toFixed(1)} times as long`,
    )
  }
}

const [name, rounds, threads] = argumentsOr('frozen.ts lite0|light-resnet50|resnet50 ROUNDS THREADS', 3)
await measured(name as keyof typeof MODELS, Number(rounds), Number(threads))

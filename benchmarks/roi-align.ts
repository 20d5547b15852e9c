/**
 * RoIAlign as gathers and products against ONNX Runtime's own kernel, in one run, and its gradient: RoIs on the finest
 * map of an 800x1088 image (200x272, 256 channels), and spread over the levels of a pyramid. One thread and its
 * processor time, so that other work on the machine counts little.
 *
 *     npx tsx benchmarks/roi-align.ts 7
 *
 * The number is that of repetitions.
 *
 * AMD EPYC (Zen 5), onnxruntime-node 1.30:
 *
 *     | maps    | RoIs | bins  | samples  | ours   | kernel | gradient |
 *     | ------- | ---- | ----- | -------- | ------ | ------ | -------- |
 *     | finest  |  512 | 7x7   | 2x2      |  73 ms | 267 ms |   174 ms |
 *     | finest  |  128 | 14x14 | 2x2      |  73 ms | 135 ms |   117 ms |
 *     | pyramid |  512 | 7x7   | 2x2      |  89 ms | 166 ms |   148 ms |
 *     | pyramid | 1000 | 7x7   | 2x2      | 156 ms | 325 ms |   230 ms |
 *     | pyramid |  100 | 14x14 | adaptive |  69 ms |  40 ms |    41 ms |
 */
import { graph, inputName } from '../src/graph/graph.ts'
import type { Target } from '../src/graph/op.ts'
import { toOnnx } from '../src/graph/to-onnx.ts'
import { input, type Value } from '../src/graph/value.ts'
import { createSession } from '../src/node/session.ts'
import { encodeModel } from '../src/onnx/encode.ts'
import { type RoiAlignOptions, roiAlign } from '../src/ops/roi-align.ts'
import { roiAlignGradients } from '../src/ops/roi-align-gradient.ts'
import { float32, int64, type Tensor, tensor } from '../src/tensor/tensor.ts'
import { argumentsOr } from './usage.ts'

const IMAGE = { height: 800, width: 1088 }
const CHANNELS = 256
const [repetitions] = argumentsOr('roi-align.ts REPETITIONS   (for example 7)', 1)
const REPETITIONS = Number(repetitions)

interface Scene {
  readonly name: string
  readonly rois: number
  readonly bins: number
  readonly strides: readonly number[]
  readonly samplingRatio: number
}

const SCENES: readonly Scene[] = [
  { name: 'one map', rois: 512, bins: 7, strides: [4], samplingRatio: 2 },
  { name: 'one map', rois: 128, bins: 14, strides: [4], samplingRatio: 2 },
  { name: 'pyramid', rois: 512, bins: 7, strides: [4, 8, 16, 32], samplingRatio: 2 },
  { name: 'pyramid', rois: 1000, bins: 7, strides: [4, 8, 16, 32], samplingRatio: 2 },
  { name: 'pyramid', rois: 100, bins: 14, strides: [8, 16, 32], samplingRatio: 0 },
]

for (const scene of SCENES) {
  const { features, feeds, problem, options } = sceneGraph(scene)
  const out = roiAlign(problem, options)
  const ours = await time({ out }, feeds, 'gather')
  const native = await time({ out }, feeds, 'native')
  const outGradient = input('outGradient', 'float32', ['R', CHANNELS, scene.bins, scene.bins])
  const gradients = roiAlignGradients({ ...problem, ...options }, outGradient, () => true)
  const backward = await time(
    Object.fromEntries(gradients.map((value, level) => [`gradient${level}`, value as Value])),
    { ...feeds, outGradient: noise([scene.rois, CHANNELS, scene.bins, scene.bins]) },
    'gather',
  )
  const sampling = scene.samplingRatio ? `${scene.samplingRatio}x${scene.samplingRatio} samples` : 'adaptive'
  console.log(
    `${scene.name} (${features.length}), ${scene.rois} RoIs, ${scene.bins}x${scene.bins} bins, ${sampling}: ` +
      `ours ${ours.toFixed(0)} ms, kernel ${native.toFixed(0)} ms, ratio ${(native / ours).toFixed(1)}; ` +
      `gradient ${backward.toFixed(0)} ms`,
  )
}

function sceneGraph({ rois, bins, strides, samplingRatio }: Scene) {
  const shapes = strides.map((stride) => [1, CHANNELS, IMAGE.height / stride, IMAGE.width / stride])
  const features = shapes.map((shape, level) => input(`map${level}`, 'float32', shape))
  const levels = strides.length > 1 ? input('levels', 'int64', ['R']) : undefined
  const problem = {
    features,
    rois: input('rois', 'float32', ['R', 4]),
    batchIndices: input('images', 'int64', ['R']),
    levels,
  }
  const options: RoiAlignOptions = {
    outputSize: [bins, bins],
    spatialScales: strides.map((stride) => 1 / stride),
    samplingRatio,
    aligned: samplingRatio === 0,
  }
  const chosen = Array.from({ length: rois }, (_, i) => i % strides.length)
  const feeds: Record<string, Tensor> = {
    ...Object.fromEntries(shapes.map((shape, level) => [`map${level}`, noise(shape)])),
    rois: float32(
      chosen.flatMap((level, i) => boxes(i, 32 * 2 ** level)),
      [rois, 4],
    ),
    images: int64(chosen.map(() => 0)),
    ...(levels && { levels: int64(chosen) }),
  }
  return { features, feeds, problem, options }
}

/** Boxes of sides between `side` and three times that, spread over the image. */
function boxes(i: number, side: number): number[] {
  const width = side * (1 + ((i * 37) % 101) / 50)
  const height = side * (1 + ((i * 53) % 97) / 48)
  const x = ((i * 7919) % 997) * ((IMAGE.width - width) / 997)
  const y = ((i * 6101) % 991) * ((IMAGE.height - height) / 991)
  return [x, y, x + width, y + height]
}

function noise(shape: readonly number[]): Tensor {
  const size = shape.reduce((product, dim) => product * dim, 1)
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length: size }, (_, i) => ((i * 2654435761) % 1000) / 1000),
  )
}

/** Median processor time of a run after a warm-up, in milliseconds. */
async function time(
  outputs: Record<string, Value>,
  feeds: Record<string, Tensor>,
  target: Target['roiAlign'],
): Promise<number> {
  const built = graph(outputs)
  const model = encodeModel(toOnnx(built, { target: { roiAlign: target } }))
  const used = Object.fromEntries(built.inputs.map((value) => [inputName(value), feeds[inputName(value)]]))
  const session = await createSession(model, { threads: 1 })
  const times: number[] = []
  for (let i = 0; i <= REPETITIONS; i++) {
    const start = process.cpuUsage()
    await session.run(used)
    const { user, system } = process.cpuUsage(start)
    if (i > 0) times.push((user + system) / 1000)
  }
  await session.dispose()
  return times.sort((a, b) => a - b)[REPETITIONS >> 1]
}

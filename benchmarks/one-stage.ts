/**
 * Models of one stage beside Mask R-CNN R50-FPN, in one run: median latency and processor time of an image, multiply-adds,
 * parameters and megabytes (float32). One picture of 480x640, which every model enlarges as its publication says: to 800 pixels, CenterMask-Lite to 600.
 *
 *     npx tsx benchmarks/one-stage.ts speed 9 2
 *     npx tsx benchmarks/one-stage.ts profile centermask_lite_V_19_eSE_FPN_ms_4x 2
 *
 * The numbers are those of rounds, in which the models take turns, and of threads. Weights are random. All heads have a
 * realistic amount to do: thresholds of scores are those at which a model finds 50 objects, the most it may find.
 */
import { type Graph, graph } from '../src/graph/graph.ts'
import { toOnnx } from '../src/graph/to-onnx.ts'
import { input, type Value } from '../src/graph/value.ts'
import { buildModel, limitsOf, type ModelConfig, withLimits } from '../src/models/catalogue.ts'
import { PRESETS } from '../src/models/presets.ts'
import { initialize } from '../src/nn/init.ts'
import { asInputs, fromTensors, rootScope } from '../src/nn/scope.ts'
import { createSession } from '../src/node/session.ts'
import { encodeModel } from '../src/onnx/encode.ts'
import { formatProfile } from '../src/runtime/profile.ts'
import type { Session } from '../src/runtime/session.ts'
import { random } from '../src/tensor/random.ts'
import { elementCount } from '../src/tensor/shape.ts'
import { type Tensor, tensor } from '../src/tensor/tensor.ts'
import { mostOf, multiplyAdds } from './one-stage/multiply-adds.ts'
import { argumentsOr } from './usage.ts'

const PICTURE = { height: 480, width: 640 }
const DETECTIONS = 50
const REFERENCE = 'maskrcnn_resnet50_fpn'
const NAMES = [
  REFERENCE,
  'centermask_lite_V_19_eSE_FPN_ms_4x',
  'centermask_lite_V_19_slim_dw_eSE_FPN_ms_4x',
  'centermask_V_39_eSE_FPN_ms_3x',
  'fcos_resnet50_fpn',
  'retinanet_resnet50_fpn',
]

/** Milliseconds of one image. */
interface Time {
  readonly latency: number
  /** Of all threads: other work on the machine counts little. */
  readonly processor: number
}

interface Subject {
  readonly name: string
  readonly session: Session
  readonly parameters: number
  readonly multiplyAdds: number
}

/** The preset with room for 50 detections, each of a higher score than the threshold. */
function configOf(name: string, scoreThreshold: number): ModelConfig {
  const preset = PRESETS[name]()
  const config = withLimits(preset, { ...limitsOf(preset), detections: DETECTIONS })
  if ('retina' in config) return { ...config, retina: { ...config.retina, scoreThreshold } }
  // What passes by the probability of its class alone depends on luck where weights are random.
  if ('fcos' in config)
    return { ...config, fcos: { ...config.fcos, scoreThreshold, thresholdOn: 'score' } } as ModelConfig
  return { ...config, box: { ...config.box, scoreThreshold } }
}

function graphOf(config: ModelConfig, weights?: ReadonlyMap<string, Tensor>) {
  const asked = asInputs()
  const scope = rootScope(weights ? fromTensors(weights) : asked.resolve, 'running')
  const image = input('image', 'uint8', [PICTURE.height, PICTURE.width, 3])
  const outputs = Object.entries(buildModel(config).inference(scope, image))
  const found = outputs.filter((entry): entry is [string, Value] => entry[1] !== undefined)
  return { graph: graph(Object.fromEntries(found), [image]), specs: [...asked.specs.values()] }
}

/**
 * Random weights that behave a little as trained ones: what a residual block adds is small, else numbers grow from block to block,
 * and boxes of FCOS have sides of some six strides, else half of them have none.
 */
function randomWeights(config: ModelConfig): Map<string, Tensor> {
  const weights = initialize(graphOf(config).specs, 0)
  for (const [name, { data }] of weights) {
    if (name.endsWith('.bn3.weight')) data.fill(0.1 as never)
    if ('fcos' in config && name.endsWith('.bbox_reg.bias')) data.fill(3 as never)
  }
  return weights
}

async function openSubject(name: string, threads: number, profile = false): Promise<Subject> {
  const weights = randomWeights(configOf(name, 0))
  const open = (graph: Graph, options: object = {}) =>
    createSession(encodeModel(toOnnx(graph)), { threads, ...options })
  const all = await open(graphOf(configOf(name, 0), weights).graph)
  const scores = (await all.run({ image: IMAGE })).scores.data as Float32Array
  await all.dispose()
  if (scores.length < DETECTIONS) throw new Error(`${name} finds ${scores.length} objects, not ${DETECTIONS}`)
  const config = configOf(name, scores[DETECTIONS - 1] * (1 - 1e-6))
  const built = graphOf(config, weights).graph
  return {
    name,
    session: await open(built, { profile }),
    parameters: [...weights.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0),
    multiplyAdds: multiplyAdds(built, mostOf),
  }
}

const IMAGE = picture()

/** Blocks of random colours with noise. */
function picture(): Tensor<'uint8'> {
  const { height, width } = PICTURE
  const { integer } = random(0)
  const side = 32
  const blocks = Array.from({ length: Math.ceil(height / side) * Math.ceil(width / side) * 3 }, () =>
    integer(200),
  )
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const [row, column] = [Math.floor(i / (3 * width)), Math.floor(i / 3) % width]
    const block = Math.floor(row / side) * Math.ceil(width / side) + Math.floor(column / side)
    return blocks[3 * block + (i % 3)] + integer(56)
  })
  return tensor('uint8', [height, width, 3], data)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]
}

async function speed(rounds: number, threads: number): Promise<void> {
  const subjects: Subject[] = []
  for (const name of NAMES) subjects.push(await openSubject(name, threads))
  const times = new Map(NAMES.map((name): [string, Time[]] => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const { name, session } of subjects) {
      const [started, before] = [performance.now(), process.cpuUsage()]
      const { scores } = await session.run({ image: IMAGE })
      const { user, system } = process.cpuUsage(before)
      const time = { latency: performance.now() - started, processor: (user + system) / 1000 }
      if (scores.shape[0] !== DETECTIONS) throw new Error(`${name} found ${scores.shape[0]} objects`)
      if (round > 0) times.get(name)!.push(time)
    }
  }
  const medianOf = (name: string, kind: keyof Time) => median(times.get(name)!.map((time) => time[kind]))
  console.log(
    '| model | latency, ms | of Mask R-CNN | processor time, ms | of Mask R-CNN | G multiply-adds | M parameters | MB |',
  )
  console.log(`|${'---|'.repeat(8)}`)
  for (const { name, parameters, multiplyAdds } of subjects) {
    const measured = (['latency', 'processor'] as const).flatMap((kind) => {
      const own = medianOf(name, kind)
      return [own.toFixed(0), (own / medianOf(REFERENCE, kind)).toFixed(2)]
    })
    const counted = [multiplyAdds / 1e9, parameters / 1e6].map((count) => count.toFixed(1))
    console.log(
      `| \`${name}\` | ${[...measured, ...counted, ((4 * parameters) / 1e6).toFixed(0)].join(' | ')} |`,
    )
  }
}

async function profile(name: string, threads: number): Promise<void> {
  const { session } = await openSubject(name, threads, true)
  for (let i = 0; i < 5; i++) await session.run({ image: IMAGE })
  console.log(formatProfile(await session.profile!()))
}

const [task, subject, threads = '2'] = argumentsOr(
  'one-stage.ts speed ROUNDS [THREADS]   (or: profile PRESET [THREADS])',
  2,
)
if (task === 'profile') await profile(subject, Number(threads))
else await speed(Number(subject), Number(threads))

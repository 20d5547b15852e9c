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
import { busyModel } from '../src/cli/bench/busy-model.ts'
import { quantile } from '../src/cli/bench/quantile.ts'
import { toOnnx } from '../src/graph/to-onnx.ts'
import { fromTensors, rootScope } from '../src/nn/scope.ts'
import { createSession } from '../src/node/session.ts'
import { encodeModel } from '../src/onnx/encode.ts'
import { formatProfile } from '../src/runtime/profile.ts'
import type { Session } from '../src/runtime/session.ts'
import { random } from '../src/tensor/random.ts'
import { elementCount } from '../src/tensor/shape.ts'
import { type Tensor, tensor } from '../src/tensor/tensor.ts'
import { graphMultiplyAdds, mostOf, sizedGraph } from './one-stage/multiply-adds.ts'
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

async function openSubject(name: string, threads: number, profile = false): Promise<Subject> {
  const { config, weights } = await busyModel(name, IMAGE, createSession, { detections: DETECTIONS, threads })
  const built = sizedGraph(config, PICTURE, rootScope(fromTensors(weights), 'running'))
  return {
    name,
    session: await createSession(encodeModel(toOnnx(built)), { threads, profile }),
    parameters: [...weights.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0),
    multiplyAdds: graphMultiplyAdds(built, mostOf),
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
  const medianOf = (name: string, kind: keyof Time) =>
    quantile(
      times.get(name)!.map((time) => time[kind]),
      0.5,
    )
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

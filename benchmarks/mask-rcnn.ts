/**
 * Mask R-CNN R50-FPN on one 800x1088 image against torchvision, in one run: a training step (forward, backward, SGD
 * update) and inference alone. Both sides load the same weights, image and objects; each measurement is a process of
 * its own, the two sides take turns, and the fastest of their rounds are compared.
 *
 *     npx tsx benchmarks/mask-rcnn.ts train|forward [rounds]
 *
 * Needs Debian's python3-torchvision as the peer. Figures: docs/benchmarks.md.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildModel } from '../src/models/catalogue.ts'
import { inferenceModel } from '../src/models/inference-graph.ts'
import { maskRcnnResnet50Fpn } from '../src/models/presets.ts'
import { createSession } from '../src/node/session.ts'
import { sgd } from '../src/optim/sgd.ts'
import { type Tensor, tensor } from '../src/tensor/tensor.ts'
import { startState } from '../src/train/state.ts'
import { trainGraph } from '../src/train/train-graph.ts'
import { openTrainSession, train } from '../src/train/trainer.ts'
import { decodeSafetensors } from '../src/weights/safetensors.ts'
import { argumentsOr } from './usage.ts'

const HEIGHT = 800
const WIDTH = 1088
const THREADS = 2
const PEER = fileURLToPath(new URL('torchvision/mask_rcnn.py', import.meta.url))

interface Measurement {
  readonly seconds: readonly number[]
  readonly peakBytes: number
}

type Task = 'train' | 'forward'

const model = {
  ...maskRcnnResnet50Fpn(),
  transform: {
    ...maskRcnnResnet50Fpn().transform,
    resize: { kind: 'shortest-side', minSize: HEIGHT, maxSize: WIDTH } as const,
  },
}

async function ours(task: Task, folder: string, rounds: number): Promise<Measurement> {
  const weights = decodeSafetensors(readFileSync(join(folder, 'weights.safetensors'))).tensors
  const batch = decodeSafetensors(readFileSync(join(folder, 'batch.safetensors'))).tensors
  const seconds =
    task === 'train' ? await trainSteps(weights, batch, rounds) : await forwards(weights, batch, rounds)
  return { seconds, peakBytes: peakResidentBytes() }
}

async function forwards(
  weights: Map<string, Tensor>,
  batch: Map<string, Tensor>,
  rounds: number,
): Promise<number[]> {
  const session = await createSession(inferenceModel(buildModel(model), weights), { threads: THREADS })
  weights.clear()
  const seconds: number[] = []
  for (let i = 0; i <= rounds; i++) {
    const started = performance.now()
    await session.run({ image: batch.get('image')! })
    if (i > 0) seconds.push((performance.now() - started) / 1000)
  }
  return seconds
}

async function trainSteps(
  weights: Map<string, Tensor>,
  batch: Map<string, Tensor>,
  rounds: number,
): Promise<number[]> {
  const optimizer = sgd({ momentum: 0.9, weightDecay: 1e-4 })
  const step = trainGraph(buildModel(model), {
    batchSize: 1,
    size: { height: HEIGHT, width: WIDTH },
    optimizer,
  })
  const session = await openTrainSession(step, createSession, { threads: THREADS })
  const state = startState(step, { seed: 0, weights })
  weights.clear()
  const add = (name: string): Tensor => {
    const { dtype, shape, data } = batch.get(name)!
    return tensor(dtype, [1, ...shape], data)
  }
  const feeds = {
    images: add('image') as Tensor<'uint8'>,
    image_sizes: tensor('float32', [1, 2], Float32Array.of(HEIGHT, WIDTH)),
    gt_boxes: add('boxes') as Tensor<'float32'>,
    gt_labels: add('labels') as Tensor<'int64'>,
    gt_masks: add('masks'),
  }
  const position = { epoch: 0, index: 0 }
  const batches = (async function* () {
    while (true) yield { feeds, files: ['image'], position }
  })()
  const seconds: number[] = []
  const hook = {
    async afterStep(moment: { readonly milliseconds: { readonly step: number } }) {
      seconds.push(moment.milliseconds.step / 1000)
      return undefined
    },
  }
  const progress = { step: 0, seed: 0, position }
  await train({
    step,
    session,
    state,
    progress,
    batches,
    schedule: () => 1e-5,
    steps: rounds + 1,
    hooks: [hook],
  })
  return seconds.slice(1)
}

function peakResidentBytes(): number {
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))
  return Number(line?.[1] ?? Number.NaN) * 1024
}

function compare(task: Task, rounds: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'mask-rcnn-benchmark-'))
  try {
    const python = (args: readonly string[]) =>
      execFileSync('/usr/bin/python3', [PEER, ...args], {
        stdio: ['ignore', 'pipe', 'ignore'],
        encoding: 'utf8',
      })
    python(['prepare', folder])
    const self = fileURLToPath(import.meta.url)
    const own = () =>
      execFileSync(process.execPath, ['--import', 'tsx', self, task, String(rounds), folder], {
        encoding: 'utf8',
      })
    const turns = [0, 1].map(() => ({
      ours: JSON.parse(own()) as Measurement,
      theirs: JSON.parse(python([task, folder, String(rounds), String(THREADS)])) as Measurement,
    }))
    const fastest = (side: 'ours' | 'theirs') => Math.min(...turns.flatMap((turn) => turn[side].seconds))
    const peak = (side: 'ours' | 'theirs') => Math.max(...turns.map((turn) => turn[side].peakBytes)) / 2 ** 30
    const line = (name: string, a: number, b: number, unit: string) =>
      console.log(
        `${task} ${name}: ours ${a.toFixed(2)} ${unit}, torchvision ${b.toFixed(2)} ${unit}, ratio ${(a / b).toFixed(2)}`,
      )
    line('time', fastest('ours'), fastest('theirs'), 's')
    line('peak memory', peak('ours'), peak('theirs'), 'GiB')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const [task, rounds = '3', folder] = argumentsOr(
  "mask-rcnn.ts train|forward [ROUNDS]   (needs Debian's python3-torchvision; 3 rounds)",
  1,
)
if (folder) process.stdout.write(JSON.stringify(await ours(task as Task, folder, Number(rounds))))
else compare(task as Task, Number(rounds))

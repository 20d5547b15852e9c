/**
 * Mask R-CNN R50-FPN on one 800x1088 image against torchvision, in one run: a training step (forward, backward, SGD
 * update) and inference alone, with 100 detections. Both sides load the same weights, image and objects; each measurement is a
 * process of its own, all modes of PyTorch take turns with ours, and medians are compared with those of its fastest mode.
 *
 *     PYTHON=.venv/bin/python npx tsx benchmarks/mask-rcnn.ts train|forward [rounds] [--json]
 *
 * PYTHON has torch and torchvision (without it Debian's, /usr/bin/python3); MODES says which of PyTorch's ways are tried, by
 * default `eager,channels_last,compile`: the last needs a C++ compiler, and is left out of training, where it compiles for longer than
 * four minutes. Figures: docs/benchmarks.md.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { peakBytes } from '../src/cli/bench/peak-memory.ts'
import { quantile } from '../src/cli/bench/quantile.ts'
import { buildModel } from '../src/models/catalogue.ts'
import { inferenceModel } from '../src/models/inference-graph.ts'
import { maskRcnnResnet50Fpn } from '../src/models/presets.ts'
import { createSession } from '../src/node/session.ts'
import { sgd } from '../src/optim/sgd.ts'
import { type Tensor, tensor } from '../src/tensor/tensor.ts'
import { startState } from '../src/train/state.ts'
import { trainGraph } from '../src/train/train-graph.ts'
import { openTrainSession } from '../src/train/train-session.ts'
import { train } from '../src/train/trainer.ts'
import { decodeSafetensors } from '../src/weights/safetensors.ts'
import { argumentsOr } from './usage.ts'

const HEIGHT = 800
const WIDTH = 1088
const THREADS = 2
const PEER = fileURLToPath(new URL('torchvision/mask_rcnn.py', import.meta.url))

interface Measurement {
  readonly seconds: readonly number[]
  readonly peakBytes: number
  /** How many objects were found. */
  readonly detections?: number
  readonly versions?: string
}

type Task = 'train' | 'forward'

const preset = maskRcnnResnet50Fpn()

/** With the threshold at which these random weights find as many objects as they may. */
function modelOf(batch: ReadonlyMap<string, Tensor>) {
  const resize = { kind: 'shortest-side', minSize: HEIGHT, maxSize: WIDTH } as const
  const [scoreThreshold] = batch.get('threshold')!.data as Float32Array
  return buildModel({
    ...preset,
    box: { ...preset.box, scoreThreshold },
    transform: { ...preset.transform, resize },
  })
}

async function ours(task: Task, folder: string, rounds: number): Promise<Measurement> {
  const weights = decodeSafetensors(readFileSync(join(folder, 'weights.safetensors'))).tensors
  const batch = decodeSafetensors(readFileSync(join(folder, 'batch.safetensors'))).tensors
  const measured =
    task === 'train'
      ? { seconds: await trainSteps(weights, batch, rounds) }
      : await forwards(weights, batch, rounds)
  return { ...measured, peakBytes: peakBytes() }
}

async function forwards(
  weights: Map<string, Tensor>,
  batch: Map<string, Tensor>,
  rounds: number,
): Promise<Pick<Measurement, 'seconds' | 'detections'>> {
  const session = await createSession(inferenceModel(modelOf(batch), weights), { threads: THREADS })
  weights.clear()
  const seconds: number[] = []
  let detections = 0
  for (let i = 0; i <= rounds; i++) {
    const started = performance.now()
    const { scores } = await session.run({ image: batch.get('image')! })
    if (i > 0) seconds.push((performance.now() - started) / 1000)
    detections = scores.shape[0]
  }
  return { seconds, detections }
}

async function trainSteps(
  weights: Map<string, Tensor>,
  batch: Map<string, Tensor>,
  rounds: number,
): Promise<number[]> {
  const optimizer = sgd({ momentum: 0.9, weightDecay: 1e-4 })
  const step = trainGraph(modelOf(batch), {
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

const MODES: Readonly<Record<Task, string>> = {
  train: 'eager,channels_last',
  forward: 'eager,channels_last,compile',
}

/** Names of figures by mode. */
const NAMES: Readonly<Record<string, string>> = {
  eager: 'eager',
  channels_last: 'channelsLast',
  compile: 'compile',
}

function compare(task: Task, rounds: number, asJson: boolean): void {
  const folder = mkdtempSync(join(tmpdir(), 'mask-rcnn-benchmark-'))
  const modes = (process.env.MODES ?? MODES[task]).split(',')
  try {
    const python = (args: readonly string[]) =>
      execFileSync(process.env.PYTHON ?? '/usr/bin/python3', [PEER, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
        encoding: 'utf8',
      })
    python(['prepare', folder])
    const self = fileURLToPath(import.meta.url)
    const sides = new Map<string, Measurement[]>()
    const measured = (side: string, output: string) =>
      sides.set(side, [...(sides.get(side) ?? []), JSON.parse(output) as Measurement])
    const sizes = [task, folder, String(rounds), String(THREADS)]
    for (let turn = 0; turn < 2; turn++) {
      const args = ['--import', 'tsx', self, task, String(rounds), folder]
      measured('ours', execFileSync(process.execPath, args, { encoding: 'utf8' }))
      for (const mode of modes) measured(NAMES[mode] ?? mode, python([...sizes, mode]))
    }
    report(task, sides, asJson)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function report(task: Task, sides: ReadonlyMap<string, readonly Measurement[]>, asJson: boolean): void {
  const found = new Set([...sides.values()].flat().map(({ detections }) => detections))
  if (found.size > 1) throw new Error(`the sides do not find equally many objects: ${[...found].join(', ')}`)
  const what = task === 'train' ? 'Time' : 'Latency'
  const figures: Record<string, number> = {}
  const samples: Record<string, number[]> = {}
  for (const [side, turns] of sides) {
    samples[`${side}${what}`] = turns.flatMap(({ seconds }) => seconds)
    figures[`${side}${what}`] = quantile(samples[`${side}${what}`], 0.5)
    figures[`${side}PeakBytes`] = Math.max(...turns.map(({ peakBytes }) => peakBytes))
  }
  const [fastest] = [...sides.keys()]
    .filter((side) => side !== 'ours')
    .sort((a, b) => figures[`${a}${what}`] - figures[`${b}${what}`])
  figures[task === 'train' ? 'timeRatio' : 'latencyRatio'] =
    figures[`ours${what}`] / figures[`${fastest}${what}`]
  figures.memoryRatio = figures.oursPeakBytes / figures[`${fastest}PeakBytes`]
  const peers = sides.get(fastest)?.[0].versions
  if (asJson) {
    process.stdout.write(JSON.stringify({ figures, peers, samples }))
    return
  }
  for (const side of sides.keys()) {
    const peak = figures[`${side}PeakBytes`] / 2 ** 30
    console.log(`${task} ${side}: ${figures[`${side}${what}`].toFixed(2)} s, ${peak.toFixed(2)} GiB`)
  }
  const time = figures.timeRatio ?? figures.latencyRatio
  console.log(
    `ours to ${fastest} (${peers}): time ${time.toFixed(2)}, memory ${figures.memoryRatio.toFixed(2)}`,
  )
}

const given = argumentsOr(
  'mask-rcnn.ts train|forward [ROUNDS] [--json]   (PYTHON with torchvision; 3 rounds)',
  1,
)
const [task, rounds = '3', folder] = given.filter((argument) => argument !== '--json')
if (folder) process.stdout.write(JSON.stringify(await ours(task as Task, folder, Number(rounds))))
else compare(task as Task, Number(rounds), given.includes('--json'))

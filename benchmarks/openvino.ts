/**
 * Mask R-CNN R50-FPN on one 800x1088 image with 100 detections, float32: the exported graph here against the same file on OpenVINO.
 * Weights are random. OpenVINO gets the file as it is and with the size of the image fixed, and the file with ONNX's own RoIAlign,
 * which is ours for it to choose; the fastest of them is compared. Before anything counts, boxes, scores, labels and masks of all
 * sides must agree. Each measurement is a process of its own; the sides take turns.
 *
 *     PYTHON=venv/bin/python npx tsx benchmarks/openvino.ts compare 3 [--json]
 *
 * PYTHON is one with benchmarks/peers/requirements.txt. Figures: docs/performance.md.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeBusyModel } from '../src/cli/bench/busy-model.ts'
import { peakBytes } from '../src/cli/bench/peak-memory.ts'
import { quantile } from '../src/cli/bench/quantile.ts'
import { exportModel } from '../src/models/exported-model.ts'
import { decodeModelFile } from '../src/models/model-file.ts'
import { createSession } from '../src/node/session.ts'
import { temporaryFolder } from '../src/node/temporary-files.ts'
import { type Tensor, tensor } from '../src/tensor/tensor.ts'
import { busyR50, SIZE, THREADS } from './performance/busy-r50.ts'
import { argumentsOr } from './usage.ts'

const TURNS = 2
const PEER = fileURLToPath(new URL('openvino/detect.py', import.meta.url))

/** Exported files by the form of their RoIAlign. */
const FORMS = ['gather', 'native'] as const
const IMAGE = 'image.rgb'

/** How OpenVINO may take the model. */
const MODES = [
  { name: 'OpenVINO', form: 'gather', shapes: 'dynamic' },
  { name: 'OpenVINO, static shapes', form: 'gather', shapes: 'static' },
  { name: 'OpenVINO, native RoIAlign, static shapes', form: 'native', shapes: 'static' },
] as const

interface Found {
  readonly boxes: readonly number[]
  readonly scores: readonly number[]
  readonly labels: readonly number[]
  readonly maskMeans: readonly number[]
}

interface Measurement {
  readonly seconds: readonly number[]
  readonly peakBytes: number
  readonly found: Found
  readonly version?: string
}

async function prepare(folder: string): Promise<void> {
  const { image, ...busy } = await busyR50()
  writeFileSync(join(folder, IMAGE), image.data)
  const file = decodeModelFile(encodeBusyModel(busy))
  for (const form of FORMS) {
    const { bytes } = await exportModel(file, createSession, { roiAlign: form })
    writeFileSync(join(folder, `${form}.onnx`), bytes)
  }
}

async function own(folder: string, rounds: number): Promise<Measurement> {
  const data = new Uint8Array(readFileSync(join(folder, IMAGE)))
  const image = tensor('uint8', [SIZE.height, SIZE.width, 3], data)
  const session = await createSession(new Uint8Array(readFileSync(join(folder, 'gather.onnx'))), {
    threads: THREADS,
  })
  const seconds: number[] = []
  let outputs: Record<string, Tensor> = {}
  for (let i = 0; i <= rounds; i++) {
    const started = performance.now()
    outputs = await session.run({ image })
    if (i > 0) seconds.push((performance.now() - started) / 1000)
  }
  const numbers = (name: string) => Array.from<number | bigint, number>(outputs[name].data, Number)
  const masks = outputs.masks as Tensor<'float32'>
  const cells = masks.shape[1] * masks.shape[2]
  const maskMeans = Array.from({ length: masks.shape[0] }, (_, i) => {
    const mask = masks.data.subarray(i * cells, (i + 1) * cells)
    return mask.reduce((sum, value) => sum + value, 0) / cells
  })
  const found = {
    boxes: numbers('boxes'),
    scores: numbers('scores'),
    labels: numbers('labels'),
    maskMeans,
  }
  return { seconds, peakBytes: peakBytes(), found }
}

/** What two sides may differ by: pixels, scores, means of probabilities; and how many of 100 objects may be others near the limit. */
const TOLERANCE = { box: 0.1, score: 1e-3, mask: 1e-3, others: 2 }

/** Throws where two sides found different things; equal scores may stand in another order. */
function requireAgreement(name: string, a: Found, b: Found): void {
  const near = (i: number, j: number) =>
    a.labels[i] === b.labels[j] &&
    Math.abs(a.scores[i] - b.scores[j]) <= TOLERANCE.score &&
    Math.abs(a.maskMeans[i] - b.maskMeans[j]) <= TOLERANCE.mask &&
    [0, 1, 2, 3].every((k) => Math.abs(a.boxes[4 * i + k] - b.boxes[4 * j + k]) <= TOLERANCE.box)
  const alone = a.scores.filter((_, i) => !b.scores.some((_, j) => near(i, j))).length
  console.error(`${name}: ${a.scores.length - alone} of ${a.scores.length} objects are the same`)
  if (a.scores.length !== b.scores.length || alone > TOLERANCE.others)
    throw new Error(`${name} finds other objects`)
}

async function compare(rounds: number, json: boolean): Promise<void> {
  const folder = temporaryFolder()
  try {
    await prepare(folder.path)
    const run = (program: string, args: readonly string[]): Measurement =>
      JSON.parse(
        execFileSync(program, args, {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'inherit'],
          maxBuffer: 2 ** 28,
        }),
      )
    const self = fileURLToPath(import.meta.url)
    const ours = () => run(process.execPath, ['--import', 'tsx', self, 'own', `${rounds}`, folder.path])
    const theirs = ({ form, shapes }: (typeof MODES)[number]) =>
      run(process.env.PYTHON ?? 'python3', [
        ...[PEER, join(folder.path, `${form}.onnx`), join(folder.path, IMAGE)],
        ...[`${SIZE.height}`, `${SIZE.width}`, shapes, `${rounds}`, `${THREADS}`],
      ])
    const sides = new Map<string, Measurement[]>()
    const add = (name: string, measured: Measurement) => {
      sides.set(name, [...(sides.get(name) ?? []), measured])
      console.error(`${name}: ${measured.seconds.map((value) => value.toFixed(2)).join(' ')} s`)
      return measured
    }
    for (let turn = 0; turn < TURNS; turn++) {
      const { found } = add('ours', ours())
      for (const mode of MODES) {
        const measured = add(mode.name, theirs(mode))
        if (turn === 0) requireAgreement(mode.name, found, measured.found)
      }
    }
    report(sides, json)
  } finally {
    await folder.remove()
  }
}

function report(sides: ReadonlyMap<string, readonly Measurement[]>, json: boolean): void {
  const secondsOf = (name: string) => sides.get(name)!.flatMap(({ seconds }) => seconds)
  const latency = (name: string) => quantile(secondsOf(name), 0.5)
  const peak = (name: string) => Math.max(...sides.get(name)!.map(({ peakBytes }) => peakBytes))
  const names = MODES.map(({ name }) => name)
  const [fastest] = names.toSorted((a, b) => latency(a) - latency(b))
  const figures = {
    latencyRatio: latency('ours') / latency(fastest),
    memoryRatio: peak('ours') / peak(fastest),
    ...Object.fromEntries(['ours', ...names].map((name) => [`${name} latency`, latency(name)])),
    ...Object.fromEntries(['ours', ...names].map((name) => [`${name} peak bytes`, peak(name)])),
  }
  const version = sides.get(fastest)!.find(({ version }) => version)?.version
  const samples = Object.fromEntries([...sides.keys()].map((name) => [`${name} latency`, secondsOf(name)]))
  if (json) console.log(JSON.stringify({ figures, peers: `OpenVINO ${version}`, samples }))
  else
    console.log(
      `latency: ours ${latency('ours').toFixed(2)} s, ${fastest} ${version} ${latency(fastest).toFixed(2)} s, ratio ${figures.latencyRatio.toFixed(2)}; ` +
        `peak memory ratio ${figures.memoryRatio.toFixed(2)}`,
    )
}

const given = argumentsOr(
  'openvino.ts compare ROUNDS [--json]   (needs a Python with benchmarks/peers/requirements.txt, named by PYTHON)',
  2,
)
const [task, rounds, folder] = given.filter((word) => word !== '--json')
if (task === 'own') console.log(JSON.stringify(await own(folder, Number(rounds))))
else await compare(Number(rounds), given.includes('--json'))

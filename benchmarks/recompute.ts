/**
 * Training steps that keep the maps of the body for the gradients beside steps that compute them again (`recompute`), in one run, taking
 * turns: time of a step, and the most memory of the process. Each measurement is a process of its own; images are noise with eight
 * objects each, weights are random. Both sides learn from the same numbers; how far their losses are apart is told.
 *
 *     npx tsx benchmarks/recompute.ts resnet50|resnet50-two|nuclei STEPS THREADS
 *
 * `resnet50`: torchvision's Mask R-CNN, one image of 800 x 1088; `resnet50-two`: two of them. `nuclei`: the model, batches and planned
 * memory of configs/nuclei.ts. The first step is for the runtime's memory, and not timed. Figures: docs/training.md.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { config } from '../configs/nuclei.ts'
import { peakBytes } from '../src/cli/bench/peak-memory.ts'
import { quantile } from '../src/cli/bench/quantile.ts'
import { buildModel } from '../src/models/catalogue.ts'
import { createSession } from '../src/node/session.ts'
import { sgd } from '../src/optim/sgd.ts'
import { architectureOf, completeModel } from '../src/train/config-model.ts'
import { type State, spareMemory, startState } from '../src/train/state.ts'
import { trainGraph } from '../src/train/train-graph.ts'
import { openTrainSession } from '../src/train/train-session.ts'
import { randomBatch, tame } from './training/random-input.ts'
import { argumentsOr } from './usage.ts'

const LARGE = { height: 800, width: 1088 }

const CASES = {
  resnet50: { images: 1, size: LARGE, settings: { name: 'mask-rcnn' }, planMemory: false },
  'resnet50-two': { images: 2, size: LARGE, settings: { name: 'mask-rcnn' }, planMemory: false },
  nuclei: {
    images: config.batchSize,
    size: { height: config.augment.crop.height, width: config.augment.crop.width },
    settings: config.model,
    planMemory: config.planMemory,
  },
} as const

interface Measurement {
  readonly seconds: readonly number[]
  readonly peakBytes: number
  readonly loss: number
}

async function measured(
  name: keyof typeof CASES,
  steps: number,
  threads: number,
  recompute: boolean,
): Promise<Measurement> {
  const { images, size, settings, planMemory } = CASES[name]
  const model = buildModel(architectureOf(completeModel(settings), 4))
  const optimizer = sgd({ momentum: 0.9, weightDecay: 1e-4 })
  const step = trainGraph(model, { batchSize: images, size, optimizer, clipNorm: 10, recompute })
  const batch = randomBatch(images, size)
  const session = await openTrainSession(step, createSession, { threads, planMemory })
  let state = startState(step, { seed: 0 })
  tame(state)
  let into: State = spareMemory(step, state)
  const seconds: number[] = []
  let loss = Number.NaN
  for (let taken = 0; taken <= steps; taken++) {
    const started = performance.now()
    const place = { seed: 0, step: taken, learningRate: 1e-4 }
    const out = (await session.take({ ...place, state, next: async () => batch, into }))!
    if (taken > 0) seconds.push((performance.now() - started) / 1000)
    const before = state
    state = new Map([...state, ...out.renewed])
    into = new Map([...out.renewed.keys()].map((renewed) => [renewed, before.get(renewed)!]))
    loss = out.scalars.loss
  }
  return { seconds, peakBytes: peakBytes(), loss }
}

function compare(name: string, steps: string, threads: string): void {
  const self = fileURLToPath(import.meta.url)
  const sides = { kept: [] as Measurement[], recomputed: [] as Measurement[] }
  for (let turn = 0; turn < 2; turn++) {
    for (const side of ['kept', 'recomputed'] as const) {
      const args = ['--import', 'tsx', self, name, steps, threads, side]
      const out = execFileSync(process.execPath, args, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      sides[side].push(JSON.parse(out))
    }
  }
  const [kept, recomputed] = [sides.kept, sides.recomputed].map((turns) => ({
    seconds: quantile(
      turns.flatMap(({ seconds }) => seconds),
      0.5,
    ),
    mebibytes: Math.max(...turns.map(({ peakBytes }) => peakBytes)) / 2 ** 20,
    loss: turns[0].loss,
  }))
  for (const [side, { seconds, mebibytes, loss }] of Object.entries({ kept, recomputed }))
    console.log(
      `${name}, maps ${side}: ${seconds.toFixed(2)} s a step, ${mebibytes.toFixed(0)} MiB, loss ${loss}`,
    )
  const [time, memory] = [recomputed.seconds / kept.seconds, recomputed.mebibytes / kept.mebibytes]
  console.log(`recomputed to kept: time ${time.toFixed(2)}, memory ${memory.toFixed(2)}`)
}

const [name, steps, threads, side] = argumentsOr('recompute.ts resnet50|resnet50-two|nuclei STEPS THREADS', 3)
if (side) {
  const found = await measured(
    name as keyof typeof CASES,
    Number(steps),
    Number(threads),
    side === 'recomputed',
  )
  process.stdout.write(JSON.stringify(found))
} else compare(name, steps, threads)

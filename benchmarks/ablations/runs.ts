/** One run of an ablation: a variant trained from random numbers with one seed, and its figures. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { annotationsOf, type Dataset, type DatasetImage } from '../../src/data/dataset.ts'
import { loader, START } from '../../src/data/loader.ts'
import type { CocoStats } from '../../src/evaluation/summarize.ts'
import { readCoco } from '../../src/formats/coco/coco-stream.ts'
import { buildModel } from '../../src/models/catalogue.ts'
import { inferenceModel } from '../../src/models/inference-graph.ts'
import { openBatchMaker } from '../../src/node/batch-maker.ts'
import { openChunks } from '../../src/node/files.ts'
import { readImageIn } from '../../src/node/image-folder.ts'
import { createSession } from '../../src/node/session.ts'
import { detectDataset } from '../../src/predict/detect-dataset.ts'
import { evaluateDetections } from '../../src/predict/evaluate-model.ts'
import { predict } from '../../src/predict/predictor.ts'
import { resolveConfig } from '../../src/train/config.ts'
import { architectureOf } from '../../src/train/config-model.ts'
import { optimizerOf, scheduleOf } from '../../src/train/config-parts.ts'
import { modelWeights } from '../../src/train/hooks.ts'
import { startState } from '../../src/train/state.ts'
import { trainGraph } from '../../src/train/train-graph.ts'
import { openTrainSession } from '../../src/train/train-session.ts'
import { train } from '../../src/train/trainer.ts'
import type { RunKey } from '../records/runs-file.ts'
import { CLOSE_UP, closeUps } from './close-ups.ts'
import { BUDGETS, NUCLEI, VARIANTS } from './variants.ts'

export type Figures = Pick<CocoStats, 'AP' | 'AP50' | 'AP75'>

export interface Run extends RunKey {
  readonly parameters: number
  /** Seconds of processor time of a step, the median. */
  readonly step: number
  readonly mask: Figures
  /** The same masks ranked by the score of their class, where they have a score of their own. */
  readonly maskByClass?: Figures
  readonly box: Figures
  readonly date: string
}

export interface AblationData {
  readonly images: string
  readonly train: Dataset
  readonly val: Dataset
}

/** Nuclei from a folder with `images`, `annotations/train.json` and `annotations/val.json` (docs/data/nuclei.md). */
export async function loadNuclei(folder: string): Promise<AblationData> {
  const { modality, maxSide, evaluated } = NUCLEI
  const isTaken = ({ width, height, attributes }: DatasetImage) =>
    Math.max(width, height) <= maxSide && attributes?.modality === modality
  const read = async (name: string, most?: number) => {
    const dataset = await readSplit(join(folder, 'annotations', name))
    const images = dataset.images.filter(isTaken).slice(0, most)
    const annotations = new Map(images.map(({ id }) => [id, annotationsOf(dataset, id)]))
    return { ...dataset, images, annotations }
  }
  return {
    images: join(folder, 'images'),
    train: await read('train.json'),
    val: await read('val.json', evaluated),
  }
}

/** Close-ups of nuclei, drawn into a folder. */
export async function drawCloseUps(
  { images, train, val }: AblationData,
  folder: string,
): Promise<AblationData> {
  return {
    images: folder,
    train: await closeUps(train, images, folder),
    val: await closeUps(val, images, folder),
  }
}

function readSplit(file: string): Promise<Dataset> {
  return readCoco(() => openChunks(file), file, { onDegenerate: 'error' })
}

/** What a run depends on besides code and seed, in a few letters. */
export function settingsOf(variant: string): string {
  const { model, data } = VARIANTS[variant]
  const text = JSON.stringify([model, BUDGETS[data], NUCLEI, ...(data === 'closeUps' ? [CLOSE_UP] : [])])
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

/** Trains and evaluates a variant with one seed after the other; the graph, which takes long to open, is opened once. */
export async function* runVariant(
  variant: string,
  seeds: readonly number[],
  data: AblationData,
  threads: number,
): AsyncGenerator<Run> {
  const { images, train: dataset, val } = data
  const place = { images, annotations: 'train.json' }
  const { model: settings, data: name } = VARIANTS[variant]
  const budget = BUDGETS[name]
  const config = resolveConfig(
    { ...budget, model: settings, data: { train: place } },
    { where: `ablation ${variant}` },
  )
  const architecture = architectureOf(config.model, dataset.categories.length)
  const model = buildModel(architecture)
  const { batchSize, steps, augment, maxInstances } = config
  const size = budget.augment.crop
  const optimizer = optimizerOf(config.optimizer)
  const step = trainGraph(model, { batchSize, size, optimizer, clipNorm: config.clipNorm ?? undefined })
  const parameters = step.specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
  const maker = openBatchMaker(images, 0)
  const session = await openTrainSession(step, createSession, { threads })
  try {
    for (const seed of seeds) {
      const seconds: number[] = []
      let before = process.cpuUsage()
      const hook = {
        async afterStep() {
          const { user, system } = process.cpuUsage(before)
          seconds.push((user + system) / 1e6)
          before = process.cpuUsage()
          return undefined
        },
      }
      const { state } = await train({
        step,
        session,
        steps,
        state: startState(step, { seed }),
        progress: { step: 0, seed, position: START },
        batches: loader({ dataset, batchSize, seed, augment, maker, maxInstances, size, masks: true }),
        schedule: scheduleOf(config),
        hooks: [hook],
      })
      const weights = modelWeights(step, state)
      yield {
        variant,
        seed,
        settings: settingsOf(variant),
        parameters,
        step: rounded(seconds.sort((a, b) => a - b)[seconds.length >> 1]),
        ...(await figuresOf(inferenceModel(model, weights), { images, val, threads })),
        date: new Date().toISOString().slice(0, 10),
      }
    }
  } finally {
    await session.dispose()
    await maker.close()
  }
}

/** Scores below this cannot change a figure worth reading. */
const MIN_SCORE = 0.01

async function figuresOf(
  model: Uint8Array,
  { images, val, threads }: { images: string; val: Dataset; threads: number },
): Promise<Pick<Run, 'mask' | 'maskByClass' | 'box'>> {
  const session = await createSession(model, { threads })
  try {
    const readImage = readImageIn(images)
    const detector = { session, categories: val.categories }
    const found = await detectDataset(
      val,
      ({ fileName }) => readImage(fileName),
      (image, name) => predict(detector, image, { score: MIN_SCORE, name }),
    )
    const { segm, bbox } = evaluateDetections(val, found, ['segm', 'bbox'])
    const isScored = found.some(({ maskScore }) => maskScore !== undefined)
    const byClass = found.map(({ maskScore: _, ...result }) => result)
    return {
      mask: kept(segm!.stats),
      ...(isScored && { maskByClass: kept(evaluateDetections(val, byClass, ['segm']).segm!.stats) }),
      box: kept(bbox!.stats),
    }
  } finally {
    await session.dispose()
  }
}

function kept({ AP, AP50, AP75 }: Figures): Figures {
  return { AP: rounded(AP), AP50: rounded(AP50), AP75: rounded(AP75) }
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4
}

import type { Category, Dataset } from '../data/dataset.ts'
import type { RgbImage } from '../data/picture.ts'
import { asAnnotated, matchCategories } from '../evaluation/matched-categories.ts'
import { buildModel, type ModelConfig, pastingOf } from '../models/catalogue.ts'
import { inferenceModel } from '../models/inference-graph.ts'
import { detectDataset } from '../predict/detect-dataset.ts'
import { countInstances, evaluateDetections, mainMeasuresOf } from '../predict/evaluate-model.ts'
import { predict } from '../predict/predictor.ts'
import type { Session } from '../runtime/session.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { FIGURE_PREFIX } from './report-data.ts'
import { type ShownImage, shownIndices } from './report-pictures.ts'

export interface EvaluateOptions {
  readonly architecture: ModelConfig
  /** In the order of the labels. */
  readonly categories: readonly Category[]
  readonly dataset: Dataset
  /** The annotations of the data set, for messages. */
  readonly where: string
  /** By which keypoints are compared; default: the standard ones (`EvaluationParams.keypointSigmas`). */
  readonly sigmas?: readonly number[]
  readonly loadImage: (fileName: string) => Promise<RgbImage>
  readonly openSession: (model: Uint8Array) => Promise<Session>
  readonly signal?: AbortSignal
  readonly onImage?: (done: number, total: number) => void
}

/** What is known of weights after an evaluation. */
export interface Evaluation {
  /** By name, as they stand in the metrics: `val_segm_AP`. -1 where not defined. */
  readonly figures: Readonly<Record<string, number>>
  /** Some images with their predictions, always the same ones. */
  readonly shown: readonly ShownImage[]
}

/** Scores below this cannot change a figure worth reading, and cost time. */
const MIN_SCORE = 0.01

/** The figures that are kept of COCO's twelve, or its ten of keypoints. */
const KEPT = ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR100', 'AR'] as const

/** The figure by which one model is better than another. */
export function bestFigureOf(architecture: ModelConfig): string {
  const [best] = mainMeasuresOf(buildModel(architecture).finds)
  return `${FIGURE_PREFIX}${best}_AP`
}

/** Runs a model with these weights over a data set; categories are matched by name. Rejects with the signal's reason when aborted. */
export async function evaluateWeights(
  weights: ReadonlyMap<string, Tensor>,
  {
    architecture,
    categories,
    dataset,
    where,
    sigmas,
    loadImage,
    openSession,
    signal,
    onImage,
  }: EvaluateOptions,
): Promise<Evaluation> {
  const matched = matchCategories(categories, dataset.categories, where)
  const model = buildModel(architecture)
  const pasting = pastingOf(architecture)
  const session = await openSession(inferenceModel(model, weights))
  const wanted = new Set(shownIndices(dataset.images.length).map((i) => dataset.images[i]))
  const shown: ShownImage[] = []
  try {
    let pixels: RgbImage | undefined
    const found = await detectDataset(
      dataset,
      async ({ fileName }) => {
        pixels = await loadImage(fileName)
        return pixels
      },
      (image, name) => predict({ session, categories, pasting }, image, { score: MIN_SCORE, signal, name }),
      {
        signal,
        onImage: (done, image, prediction) => {
          if (wanted.has(image) && pixels) shown.push({ image, pixels, prediction })
          onImage?.(done, dataset.images.length)
        },
      },
    )
    const results = asAnnotated(found, matched)
    const { finds } = model
    const figures: Record<string, number> = {}
    for (const [kind, { stats }] of Object.entries(
      evaluateDetections(dataset, results, mainMeasuresOf(finds), sigmas && { keypointSigmas: sigmas }),
    )) {
      for (const name of KEPT) {
        const value = (stats as Readonly<Record<string, number>>)[name]
        if (value !== undefined) figures[`${FIGURE_PREFIX}${kind}_${name}`] = value
      }
    }
    if (finds.includes('mask')) figures[`${FIGURE_PREFIX}segm_F1`] = countInstances(dataset, results, 0.5).f1
    return { figures, shown }
  } finally {
    await session.dispose()
  }
}

import type { Category, Dataset } from '../data/dataset.ts'
import type { ReadingOptions } from '../data/image-reading.ts'
import { checkImages } from '../data/loader.ts'
import { ConfigError } from '../errors.ts'
import { defaultParams, type EvaluationParams, type IouType } from '../evaluation/evaluation-params.ts'
import {
  asAnnotated,
  matchCategories,
  requireSameKeypoints,
  unmatchedNotes,
} from '../evaluation/matched-categories.ts'
import type { CocoResult } from '../formats/coco/coco-results.ts'
import { readCoco, readCocoHeader, readCocoResults } from '../formats/coco/coco-stream.ts'
import { buildModel } from '../models/catalogue.ts'
import { evaluateCocoFiles, type UnknownResults } from '../node/coco-files.ts'
import { openChunks } from '../node/files.ts'
import { existsIn, readImageIn } from '../node/image-folder.ts'
import { nodePlatform } from '../node/platform.ts'
import { detectDataset } from '../predict/detect-dataset.ts'
import { loadDetector } from '../predict/detector.ts'
import {
  comparedResults,
  countInstances,
  type Evaluations,
  evaluateDetections,
  mainMeasuresOf,
  measuresOf,
} from '../predict/evaluate-model.ts'
import { readingFor, withNotes } from '../predict/model-reading.ts'
import { sayChosen } from './chosen-model.ts'
import { sharedAmong, workersFor } from './chosen-workers.ts'
import type { EvaluateFlags } from './evaluate-flags.ts'
import { NotesByImage } from './notes-by-image.ts'
import { say } from './print.ts'
import { startProgress } from './progress.ts'

/** What came out, and what it came from. */
export interface Evaluated {
  readonly evaluations: Evaluations
  readonly categories: () => Promise<readonly Category[]>
  /** Both sides of one of the evaluations. */
  readonly compared: (iouType: IouType) => Promise<{ groundTruth: Dataset; results: readonly CocoResult[] }>
  /** How images were read for it. */
  readonly reading: ReadingOptions
}

/** Scores below this cannot change a figure worth reading, and cost time. */
const MIN_SCORE = 0.01

export async function evaluateResults(
  file: string,
  { annotations, iou, sigmas, maxDetections, threads, intensity, page, channel: channels }: EvaluateFlags,
  signal: AbortSignal,
): Promise<Evaluated> {
  if (maxDetections !== undefined && iou?.includes('keypoints')) throw noLimitForKeypoints()
  const progress = startProgress(100, '%')
  try {
    const evaluations = await evaluateCocoFiles(
      { annotations, results: file },
      {
        iouTypes: iou,
        threads,
        signal,
        params: askedParams(maxDetections, sigmas),
        onProgress: (share) => progress.step(Math.round(100 * share)),
        onUnknownCategories: (counts) => sayUnknown(counts, file, annotations),
      },
    )
    if (evaluations.keypoints && maxDetections !== undefined) throw noLimitForKeypoints()
    requireUse(sigmas, evaluations.keypoints !== undefined)
    if (!sigmas) saySigmas(evaluations)
    const categories = async () =>
      (await readCocoHeader(() => openChunks(annotations), annotations)).categories
    const compared = async () => {
      const groundTruth = await loadAnnotations(annotations)
      return { groundTruth, results: await readCocoResults(() => openChunks(file), file, groundTruth) }
    }
    return { evaluations, categories, compared, reading: { intensity, page, channels } }
  } finally {
    progress.end()
  }
}

/** Of a model by its name or place, or the bytes of one. */
export async function evaluateModel(
  model: string | Uint8Array,
  {
    images = '',
    annotations,
    iou,
    sigmas,
    maxDetections,
    max,
    tile,
    overlap,
    tta,
    device,
    threads,
    workers: wanted,
    ...flags
  }: EvaluateFlags,
  signal: AbortSignal,
): Promise<Evaluated> {
  const groundTruth = await loadAnnotations(annotations)
  await checkImages(groundTruth, existsIn(images), annotations)
  const workers = workersFor(groundTruth.images.length, { device, threads, workers: wanted })
  const loading = { device, threads, max, ...sharedAmong(workers), onProgress: sayChosen }
  const detector = await loadDetector(nodePlatform, model, loading)
  const { intensity, page, channel: channels } = flags
  const { reading, notes: readingNotes } = readingFor(detector.metadata, { intensity, page, channels })
  const readImage = readImageIn(images, reading)
  const progress = startProgress(groundTruth.images.length, 'images')
  try {
    const matched = matchCategories(detector.categories, groundTruth.categories, annotations)
    for (const note of unmatchedNotes(matched)) say(`${annotations}: ${note}`)
    const { architecture } = detector.metadata
    const { finds } = buildModel(architecture)
    const kinds = iou ?? mainMeasuresOf(finds).reverse()
    for (const kind of kinds)
      requireMeasured(kind, measuresOf(finds), typeof model === 'string' ? model : 'model')
    requireUse(sigmas, kinds.includes('keypoints'))
    if (kinds.includes('keypoints')) {
      if (sigmas) requireAll(sigmas, architecture.numKeypoints ?? 0)
      requireSameKeypoints(detector.categories, groundTruth.categories, annotations)
      if (maxDetections !== undefined) throw noLimitForKeypoints()
    }
    const notes = new NotesByImage()
    const detections = await detectDataset(
      groundTruth,
      async ({ fileName }) => withNotes(await readImage(fileName), readingNotes),
      (image, name) => detector.detect(image, { score: MIN_SCORE, max, tile, overlap, tta, signal, name }),
      {
        signal,
        concurrency: workers,
        onImage: (done, image, prediction) => {
          progress.step(done, image.fileName)
          notes.add(image.fileName, prediction.notes)
        },
      },
    )
    progress.end()
    for (const line of notes.lines()) say(line)
    const found = asAnnotated(detections, matched)
    if (finds.includes('mask')) say(countLine(countInstances(groundTruth, found, 0.5)))
    const evaluations = evaluateDetections(groundTruth, found, kinds, askedParams(maxDetections, sigmas))
    if (!sigmas) saySigmas(evaluations)
    const compared = async (iouType: IouType) => {
      return { groundTruth, results: comparedResults(found, iouType) }
    }
    return { evaluations, categories: async () => groundTruth.categories, compared, reading }
  } finally {
    progress.end()
    await detector.dispose()
  }
}

/** Figures stay as COCO defines them; a wrong id would look like a bad model. */
function sayUnknown({ unknown, total }: UnknownResults, file: string, annotations: string): void {
  const ids = [...unknown.keys()].sort((a, b) => a - b)
  const count = [...unknown.values()].reduce((sum, own) => sum + own, 0)
  const shown = ids.slice(0, MOST_IDS).join(', ') + (ids.length > MOST_IDS ? ', ...' : '')
  say(
    `${file}: ${count === total ? `all ${total}` : `${count} of ${total}`} results are of ` +
      `${ids.length === 1 ? 'category' : 'categories'} ${shown}, which ${annotations} lacks: they count for nothing`,
  )
}

const MOST_IDS = 8

function noLimitForKeypoints(): ConfigError {
  return new ConfigError('keypoints are evaluated with 20 detections an image', {
    where: '--max-detections',
    hint: 'Leave it out, or choose another --iou.',
  })
}

function requireUse(sigmas: readonly number[] | undefined, hasKeypoints: boolean): void {
  if (!sigmas || hasKeypoints) return
  throw new ConfigError('no keypoints are evaluated', {
    where: '--sigmas',
    hint: 'Leave it out, or choose --iou keypoints where there are any',
  })
}

/** Told before the model looks at the images, which takes long. */
function requireAll(sigmas: readonly number[], count: number): void {
  if (sigmas.length === 1 || sigmas.length === count) return
  throw new ConfigError('sigmas are not those of the keypoints', {
    where: '--sigmas',
    expected: `one number for all, or ${count}: one for each keypoint of the model`,
    got: `${sigmas.length}`,
  })
}

/** COCO's own numbers of detections, and one beyond them: COCO's figures stay what they are. */
function askedParams(
  maxDetections: number | undefined,
  keypointSigmas: readonly number[] | undefined,
): Partial<EvaluationParams> {
  return {
    ...(maxDetections !== undefined && {
      maxDetections: [...defaultParams('segm').maxDetections, maxDetections],
    }),
    ...(keypointSigmas && { keypointSigmas }),
  }
}

function countLine({
  accuracy,
  f1,
  truePositives,
  falsePositives,
  falseNegatives,
}: ReturnType<typeof countInstances>): string {
  return (
    `masks at IoU 0.5, score 0.5: ${truePositives} found, ${falsePositives} false, ${falseNegatives} missed; ` +
    `TP / (TP + FN + FP) ${accuracy.toFixed(3)}, F1 ${f1.toFixed(3)}`
  )
}

function requireMeasured(kind: IouType, measures: readonly IouType[], model: string): void {
  if (measures.includes(kind)) return
  throw new ConfigError(`this model does not predict what ${kind} measures`, {
    where: model,
    expected: `--iou of ${measures.join(', ')}`,
  })
}

/** Figures of keypoints mean nothing without the tolerance they were measured with. */
function saySigmas({ keypoints }: Evaluations): void {
  const { keypointSigmas = [] } = keypoints?.params ?? {}
  const [first] = keypointSigmas
  if (!keypointSigmas.some((sigma) => sigma === first) || keypointSigmas.some((sigma) => sigma !== first))
    return
  say(
    `keypoints are compared with a sigma of ${first} for each of ${keypointSigmas.length}; --sigmas sets others`,
  )
}

function loadAnnotations(file: string): Promise<Dataset> {
  return readCoco(() => openChunks(file), file, { onDegenerate: 'keep' })
}

/** What the best model of a training does on photos that were kept apart. */
import type { Dataset } from '../../../../src/data/dataset.ts'
import type { IouType } from '../../../../src/evaluation/evaluation-params.ts'
import { asAnnotated, matchCategories } from '../../../../src/evaluation/matched-categories.ts'
import { evaluationReport } from '../../../../src/evaluation/report.ts'
import { buildModel } from '../../../../src/models/catalogue.ts'
import { detectDataset } from '../../../../src/predict/detect-dataset.ts'
import { loadDetector } from '../../../../src/predict/detector.ts'
import {
  comparedResults,
  evaluateDetections,
  mainMeasuresOf,
} from '../../../../src/predict/evaluate-model.ts'
import { evaluationPage } from '../../../../src/report/evaluation-page.ts'
import { galleryCases } from '../../../../src/report/gallery-case.ts'
import { reachedOf } from '../../../../src/train/reached.ts'
import type { RunFiles } from '../../../../src/train/run-files.ts'
import type { TrainPlatform } from '../../../../src/train/run-options.ts'
import type { Reached } from '../../../../src/train/training-state.ts'
import { decodeImage, type ImageSource } from '../../../../src/web/decode-image.ts'
import { BEST_CHECKPOINT } from '../../../../src/weights/checkpoint-files.ts'
import { EVALUATION_FILE } from './learning-messages.ts'
import { VAL_LABELS } from './page-settings.ts'

/** Scores below this cannot change a figure worth reading, and cost time. */
const MIN_SCORE = 0.01
/** Cases shown of each kind. */
const WORST_OF_EACH = 20

/** Writes the report beside the run. Undefined where there is no model. */
export async function learnedEvaluation(
  files: RunFiles,
  dataset: Dataset,
  platform: TrainPlatform,
  name: string,
  signal: AbortSignal,
): Promise<Reached | undefined> {
  const model = await files.read(BEST_CHECKPOINT)
  if (!model) return undefined
  const readImage = platform.readImageIn('', {})
  const detector = await loadDetector<ImageSource>(
    { createSession: platform.createSession, decodeImage, loadModelBytes: async () => model },
    model,
    { device: 'cpu' },
  )
  try {
    const matched = matchCategories(detector.categories, dataset.categories, VAL_LABELS)
    const kinds: readonly IouType[] = mainMeasuresOf(buildModel(detector.metadata.architecture).finds)
    const found = asAnnotated(
      await detectDataset(
        dataset,
        ({ fileName }) => readImage(fileName),
        (image, file) => detector.detect(image, { score: MIN_SCORE, tile: 'off', signal, name: file }),
        { signal },
      ),
      matched,
    )
    const [iouType] = kinds
    const evaluations = evaluateDetections(dataset, found, kinds)
    const results = comparedResults(found, iouType)
    const of = { groundTruth: dataset, results, iouType, evaluation: evaluations[iouType] }
    const report = evaluationReport({ ...of, worstOfEach: WORST_OF_EACH })
    const cases = await galleryCases({
      ...{ groundTruth: dataset, results, report, signal, encodeJpeg: platform.encodeJpeg },
      readImage: ({ fileName }) => readImage(fileName),
      onUnreadable: () => {},
    })
    const page = evaluationPage({
      ...{ report, cases, subject: name, annotations: VAL_LABELS },
      stats: Object.fromEntries(Object.entries(evaluations).map(([kind, { stats }]) => [kind, stats])),
      galleryNote: `The surest false detections, the largest missed objects and the matches with the least overlap, at most ${WORST_OF_EACH} of each.`,
      assets: await platform.loadPlotAssets(),
    })
    await files.write(EVALUATION_FILE, page)
    return reachedOf(evaluationReport({ ...of, worstOfEach: Number.MAX_SAFE_INTEGER }), dataset)
  } finally {
    await detector.dispose()
  }
}

/** What a run teaches, and what its data must have for it. */
import { type Category, labelMap } from '../data/dataset.ts'
import type { KeypointPlan } from '../data/keypoints.ts'
import { matchCategories, unmatchedNotes } from '../evaluation/matched-categories.ts'
import { buildModel, type ModelConfig } from '../models/catalogue.ts'
import type { DetectionModel } from '../models/detector.ts'
import { modelFileMetadata } from '../models/model-file.ts'
import { architectureOf } from './config-model.ts'
import { shownAs } from './config-parts.ts'
import { requireMasks } from './run-data.ts'
import { describedCategories, learnedKeypoints } from './run-keypoints.ts'
import type { RunOptions } from './run-options.ts'

export interface RunModel {
  readonly model: DetectionModel
  readonly architecture: ModelConfig
  readonly categories: readonly Category[]
  readonly keypoints?: KeypointPlan
  /** As its files say it. */
  readonly metadata: Readonly<Record<string, string>>
}

/** Tells of categories that validation has others of. Throws `DataError` for data that the model cannot learn from. */
export function runModel(options: RunOptions): RunModel {
  const { config, train, val, on } = options
  const keypoints = learnedKeypoints(options)
  const categories = describedCategories(labelMap(train.categories).categories, keypoints)
  const architecture = architectureOf(config.model, categories.length, keypoints?.count)
  const model = buildModel(architecture)
  if (model.finds.includes('mask')) {
    requireMasks(train, config.data.train.annotations, 'training')
    if (val) requireMasks(val, config.data.val!.annotations, 'evaluation')
  }
  if (val) {
    const where = config.data.val!.annotations
    for (const note of unmatchedNotes(matchCategories(categories, val.categories, where)))
      on?.unmatched?.(`${where}: ${note}`)
  }
  const { licence, source } = config
  const described = { architecture, categories, ...shownAs(config), licence, source }
  return {
    model,
    architecture,
    categories,
    keypoints,
    metadata: modelFileMetadata({ ...described, figures: {} }),
  }
}

/** What branches learn from where boxes are found in one stage (Lee and Park 2020): what the head finds while it learns, and the ground truth. */
import { z } from 'zod'
import type { RoiTargetOptions } from '../../detection/roi-targets.ts'
import { type DenseLevel, type DenseSelection, selectDense } from '../../detection/select-dense.ts'
import { within } from '../../graph/path.ts'
import type { Scope } from '../../nn/scope.ts'
import { pick } from '../../ops/gather.ts'
import { ROI_PRIORITY, type SampledRois, sampleRois, tapRois } from '../sampled-rois.ts'
import { sampling } from '../setting-schemas.ts'
import { type Draws, drawn, type TrainingBatch, truthsOf } from '../training-batch.ts'
import { DENSE_LIMITS_SHAPE, type DenseConfig } from './dense-config.ts'

/** Limits of what is found in training, and what is sampled of it. */
export interface DenseRegionsConfig
  extends Pick<DenseSelection, 'scoreThreshold' | 'candidates' | 'maxDetections'> {
  readonly targets: Omit<RoiTargetOptions, 'weights'>
}

export const DENSE_REGIONS_SCHEMA = z.strictObject({
  ...DENSE_LIMITS_SHAPE,
  targets: sampling,
}) satisfies z.ZodType<DenseRegionsConfig>

/** CenterMask's (the paper's implementation details); regions as Mask R-CNN samples them. */
export const DENSE_REGIONS_DEFAULTS: DenseRegionsConfig = {
  scoreThreshold: 0.03,
  candidates: 1000,
  maxDetections: 100,
  targets: { size: 512, positiveFraction: 0.25, high: 0.5, low: 0.5 },
}

/** Random numbers of an image: of its detections and its ground truth. */
export function denseDraws({ maxDetections }: DenseRegionsConfig): Draws {
  return { [ROI_PRIORITY]: ({ instances }) => maxDetections + instances }
}

/** Predictions on a batch -> the regions of it that branches learn from. */
export type RegionSampler = (levels: readonly DenseLevel[], batch: TrainingBatch) => SampledRois

/** Nothing refines these boxes: how their deltas are weighed is nobody's concern. */
const UNUSED_WEIGHTS = [1, 1, 1, 1] as const

/** Selects with the limits of training; boxes reach beyond the image in training where they do at work. */
export function regionSampler(
  scope: Scope,
  { nmsThreshold, clips }: Pick<DenseConfig, 'nmsThreshold' | 'clips'>,
  { targets, ...limits }: DenseRegionsConfig,
): RegionSampler {
  return (levels, batch) =>
    within('regions', () => {
      const truths = truthsOf(batch)
      const found = truths.map((_, image) => {
        const clipTo = clips ? pick(batch.imageSizes, 0, image) : undefined
        return selectDense(levels, image, { nmsThreshold, ...limits }, clipTo)
      })
      const options = { ...targets, weights: UNUSED_WEIGHTS }
      const rois = sampleRois(truths, found, drawn(batch, ROI_PRIORITY), options)
      for (const [image, { boxes, scores }] of found.entries()) {
        scope.tap(`proposals.${image}`, boxes)
        scope.tap(`proposal_scores.${image}`, scores)
      }
      tapRois(scope, rois)
      return rois
    })
}

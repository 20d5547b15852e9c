/** Finds in one stage: a head that predicts at every cell of every map, and one selection of what it says. */
import { meanPositives } from '../../detection/balanced-sample.ts'
import type { FeatureMaps } from '../../detection/feature-map.ts'
import { type DenseLevel, selectDense } from '../../detection/select-dense.ts'
import { ShapeError } from '../../errors.ts'
import { formatShape } from '../../graph/dim.ts'
import { within } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import { pick } from '../../ops/gather.ts'
import type { Finder, Learned } from '../detector.ts'
import type { ModelLosses, TrainingBatch } from '../training-batch.ts'
import type { DenseConfig } from './dense-config.ts'
import type { RegionSampler } from './dense-regions.ts'

/** What a dense head says of N images. */
export interface DensePredictions {
  readonly levels: readonly DenseLevel[]
  learn(batch: TrainingBatch): ModelLosses
}

/** Maps of images `[N, 3, H, W]` (padded) -> predictions at every cell of each. */
export type DenseHead = (maps: FeatureMaps, images: Value<'float32'>) => DensePredictions

/**
 * The finder of one-stage detectors (RetinaNet, FCOS): what is found is what the head says, suppressed within classes. `sample`
 * gives branches regions to learn from; without it there may be none.
 */
export function dense(head: DenseHead, config: DenseConfig, sample?: RegionSampler): Finder {
  return {
    mayReachOut: !config.clips,
    detect(maps, { images, sizes }) {
      const { levels } = head(maps, images)
      return Array.from({ length: imageCount(images) }, (_, image) =>
        within('select', () =>
          selectDense(levels, image, config, config.clips ? pick(sizes, 0, image) : undefined),
        ),
      )
    },
    learn(maps, batch): Learned {
      const { levels, learn } = head(maps, batch.images)
      const learned = learn(batch)
      if (!sample) return learned
      const rois = sample(levels, batch)
      const metrics = { ...learned.metrics, roi_positives: meanPositives(rois.targets) }
      return { ...learned, metrics, rois }
    },
  }
}

function imageCount({ shape }: Value<'float32'>): number {
  const [count] = shape
  if (typeof count === 'number') return count
  throw new ShapeError('the number of images must be known to select detections', { got: formatShape(shape) })
}

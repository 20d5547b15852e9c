/** A detector wired from its parts: feature maps, a finder of boxes, and branches that say more of each box. */
import type { FeatureMaps } from '../detection/feature-map.ts'
import { insideImage } from '../detection/inside-image.ts'
import type { Detections } from '../detection/select-detections.ts'
import {
  rescaleBoxes,
  type TransformConfig,
  type TransformedImage,
  transformImage,
} from '../detection/transform.ts'
import { GraphError } from '../errors.ts'
import { within } from '../graph/path.ts'
import { presentValues, type Value } from '../graph/value.ts'
import type { Scope } from '../nn/scope.ts'
import { cast, greaterOrEqual } from '../ops/elementwise.ts'
import { concat, slice, unsqueeze } from '../ops/layout.ts'
import { reduceSum } from '../ops/reduce.ts'
import type { Dtype } from '../tensor/dtype.ts'
import { joinImages } from './joined-images.ts'
import type { SampledRois } from './sampled-rois.ts'
import type { Draws, Finding, Losses, ModelLosses, Trainable, TrainingBatch } from './training-batch.ts'

export type { Finding }

/** Images as the network sees them. */
export interface NetworkInput {
  /** `[N, 3, H, W]`, normalised, zeros at the bottom and right; N is known. */
  readonly images: Value<'float32'>
  /** `[N, 2]`: height and width without padding. */
  readonly sizes: Value<'float32'>
}

/** `[N, 3, H, W]` -> the maps that everything else is read from. */
export type Features = (images: Value<'float32'>) => FeatureMaps

/** What a finder says of one image. */
export interface FoundBoxes extends Detections {
  /** Float32 `[1]`: see `LimitedProposals`; absent where boxes are found without proposals. */
  readonly proposalFloor?: Value<'float32'>
  /** Float32 `[1]`: see `DenseDetections`; absent where boxes are proposed first. */
  readonly candidateFloor?: Value<'float32'>
}

/** Finds boxes and classes. */
export interface Finder {
  /** Whether boxes may reach beyond the image, as branches then see them; at the very end they are cut to it. */
  readonly mayReachOut?: boolean
  /** Of each image, in pixels of the network's input. */
  detect(maps: FeatureMaps, input: NetworkInput): readonly FoundBoxes[]
  /** Losses over a batch, and the regions that branches learn from. */
  learn(maps: FeatureMaps, batch: TrainingBatch): Learned
}

export interface Learned {
  readonly losses: Losses
  readonly metrics: Losses
  /** A finder that samples none has no branches. */
  readonly rois?: SampledRois
}

/** Detections of all images, one after the other: `[D, 4]`, and int64 `[D]` of the image and of the class of each. */
export interface DetectedRois {
  readonly boxes: Value<'float32'>
  readonly images: Value<'int64'>
  readonly labels: Value<'int64'>
  readonly scores: Value<'float32'>
}

/** What branches add to detections, a row for each. */
export interface BranchOutputs {
  /** Probabilities `[D, M, M]` inside the boxes, of the predicted class. */
  readonly masks?: Value<'float32'>
  /** `[D]`: class score times the IoU that the mask is expected to have, or its maskness. */
  readonly maskScores?: Value<'float32'>
  /** Logits `[D, K, M, M]` over the cells of the boxes: where each keypoint is. */
  readonly heatmaps?: Value<'float32'>
  /** What a branch of your own says, under a name of its own: `[D, ...]`. */
  readonly [more: string]: Value | undefined
}

/** A head on regions: its layers, targets, loss and decoding lie in one file. */
export interface RoiBranch {
  detect(maps: FeatureMaps, rois: DetectedRois): BranchOutputs
  loss(maps: FeatureMaps, rois: SampledRois, batch: TrainingBatch): Losses
}

export interface DetectorParts {
  readonly features: Features
  readonly finder: Finder
  readonly branches: readonly RoiBranch[]
}

/** What a model finds in one image, by falling score; D may be 0. */
export interface ImageDetections extends FoundBoxes, BranchOutputs {
  /**
   * Beside heatmaps in an image that was resized: the boxes that they lie over, `[D, 4]` in pixels of the network's input, and
   * its height and width without padding, `[2]`.
   */
  readonly networkBoxes?: Value<'float32'>
  readonly networkSize?: Value<'float32'>
}

/** What a model file wires. */
export interface DetectorPlan {
  readonly transform: TransformConfig
  /** Makes all layers under their names. */
  readonly parts: (scope: Scope) => DetectorParts
  readonly draws: Draws
  readonly finds: readonly Finding[]
  readonly freezable?: Trainable['freezable']
  readonly neck?: Trainable['neck']
}

/** A model for both of its uses. */
export interface DetectionModel extends Trainable {
  /** Detections of each image of a batch, in pixels of the network's input. */
  detect(scope: Scope, input: NetworkInput): readonly ImageDetections[]
  /**
   * `image` is uint8 `[H, W, 3]` RGB, H and W may be symbols -> detections in its pixels; with `leastScore`, a float32 scalar, only
   * those of at least this score, and nothing more is computed of others.
   */
  inference(scope: Scope, image: Value<'uint8'>, leastScore?: Value<'float32'>): ImageDetections
  /** Boxes alone, in pixels of the image, seen at `scale` (float32 `[1]`) times the size that the resize rule gives. */
  boxesAt(scope: Scope, image: Value<'uint8'>, scale: Value<'float32'>): FoundBoxes
  /** What branches say of given boxes in such an image; nothing where there are none. */
  branchesAt(
    scope: Scope,
    image: Value<'uint8'>,
    scale: Value<'float32'>,
    rois: Pick<DetectedRois, 'boxes' | 'labels' | 'scores'>,
  ): Pick<ImageDetections, keyof BranchOutputs | 'networkBoxes' | 'networkSize'>
  /** The same as `inference` for several images of one size, which go through the network together. */
  inferences(scope: Scope, images: readonly Value<'uint8'>[]): readonly ImageDetections[]
}

export function detector({ transform, parts, draws, finds, freezable, neck }: DetectorPlan): DetectionModel {
  const found = (
    scope: Scope,
    { features, finder, branches }: DetectorParts,
    input: NetworkInput,
    leastScore?: Value<'float32'>,
  ) => {
    scope.tap('transform.batch', input.images)
    const maps = mapsOf(features, input.images, input.sizes)
    const boxes = finder.detect(maps, input)
    const wanted = leastScore ? boxes.map((each) => ofScore(each, leastScore)) : boxes
    const outputs = branchOutputs(maps, wanted, branches)
    return wanted.map((each, image) => ({ ...each, ...outputs[image] }))
  }
  const detect = (scope: Scope, input: NetworkInput) => found(scope, parts(scope), input)
  const losses = (scope: Scope, batch: TrainingBatch): ModelLosses => {
    const { features, finder, branches } = parts(scope)
    const maps = mapsOf(features, batch.images, batch.imageSizes)
    const { losses, metrics, rois } = finder.learn(maps, batch)
    if (branches.length > 0 && !rois)
      throw new GraphError('the finder samples no regions that branches could learn from')
    const more = branches.map((branch) => branch.loss(maps, rois!, batch))
    return { losses: Object.assign({}, losses, ...more), metrics }
  }
  const inferences = (
    scope: Scope,
    images: readonly Value<'uint8'>[],
    leastScore?: Value<'float32'>,
  ): ImageDetections[] => {
    const seen = images.map((image) => within('transform', () => transformImage(image, transform)))
    const wired = parts(scope)
    const input = {
      images: concat(
        seen.map(({ batch }) => batch),
        0,
      ),
      sizes: concat(
        seen.map(({ size }) => unsqueeze(size, 0)),
        0,
      ),
    }
    return found(scope, wired, input, leastScore).map((detections, i) =>
      inOriginal(detections, seen[i], wired.finder),
    )
  }
  const inference = (scope: Scope, image: Value<'uint8'>, leastScore?: Value<'float32'>) =>
    inferences(scope, [image], leastScore)[0]
  const seenAt = (scope: Scope, image: Value<'uint8'>, scale: Value<'float32'>) => {
    const seen = within('transform', () => transformImage(image, transform, scale))
    const wired = parts(scope)
    const input = { images: seen.batch, sizes: unsqueeze(seen.size, 0) }
    return { seen, ...wired, input, maps: mapsOf(wired.features, input.images, input.sizes) }
  }
  const boxesAt = (scope: Scope, image: Value<'uint8'>, scale: Value<'float32'>): FoundBoxes => {
    const { finder, maps, input, seen } = seenAt(scope, image, scale)
    return inOriginal({ ...finder.detect(maps, input)[0] }, seen, finder)
  }
  const branchesAt: DetectionModel['branchesAt'] = (scope, image, scale, { boxes, labels, scores }) => {
    const { branches, maps, seen } = seenAt(scope, image, scale)
    const networkBoxes = rescaleBoxes(boxes, seen.originalSize, seen.size)
    const [outputs] = branchOutputs(maps, [{ boxes: networkBoxes, labels, scores }], branches)
    return { ...outputs, ...(outputs.heatmaps && { networkBoxes, networkSize: seen.size }) }
  }
  return {
    ...{ transform, draws, finds, freezable, neck, detect, losses, inferences, inference },
    ...{ boxesAt, branchesAt },
  }
}

function mapsOf(features: Features, images: Value<'float32'>, imageSizes: Value<'float32'>): FeatureMaps {
  return { ...features(images), imageSizes }
}

/** What was found, led back to the pixels of the image as it came. */
function inOriginal(
  { proposalFloor, candidateFloor, ...found }: ImageDetections,
  { size, originalSize }: TransformedImage,
  { mayReachOut }: Finder,
): ImageDetections {
  const rows = within('transform', () => {
    const boxes = rescaleBoxes(found.boxes, size, originalSize)
    const placed = { ...found, boxes, ...(found.heatmaps && { networkBoxes: found.boxes }) }
    return mayReachOut ? insideImage(placed, originalSize) : placed
  })
  return { ...rows, proposalFloor, candidateFloor, ...(rows.heatmaps && { networkSize: size }) }
}

/** What scores at least this much: the first rows, for scores fall. */
function ofScore(found: FoundBoxes, leastScore: Value<'float32'>): FoundBoxes {
  const count = reduceSum(cast(greaterOrEqual(found.scores, leastScore), 'int64'), [0], { keepDims: true })
  const first = <D extends Dtype>(x: Value<D>) => slice(x, 0, 0, count)
  return { ...found, boxes: first(found.boxes), scores: first(found.scores), labels: first(found.labels) }
}

/** What branches say of the boxes of each image; the regions of all images go through each branch together. */
function branchOutputs(
  maps: FeatureMaps,
  found: readonly Pick<DetectedRois, 'boxes' | 'labels' | 'scores'>[],
  branches: readonly RoiBranch[],
): BranchOutputs[] {
  if (branches.length === 0) return found.map(() => ({}))
  const joined = joinImages(found)
  const rois = {
    boxes: joined.boxes,
    images: joined.images,
    labels: joined.with(found.map(({ labels }) => labels)),
    scores: joined.with(found.map(({ scores }) => scores)),
  }
  const said = Object.entries(
    presentValues(Object.assign({}, ...branches.map((branch) => branch.detect(maps, rois)))),
  )
  return found.map((_, image) =>
    Object.fromEntries(said.map(([name, value]) => [name, joined.of(value, image)])),
  )
}

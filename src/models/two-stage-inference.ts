import { type Proposals, selectProposals } from '../detection/proposals.ts'
import { type Detections, selectDetections } from '../detection/select-detections.ts'
import { rescaleBoxes, transformImage } from '../detection/transform.ts'
import { within } from '../graph/path.ts'
import { constant, type Value } from '../graph/value.ts'
import type { Scope } from '../nn/scope.ts'
import { pick } from '../ops/gather.ts'
import { concat, expand, type Size, sizeAdd, sizeOf, slice, unsqueeze } from '../ops/layout.ts'
import { int64 } from '../tensor/tensor.ts'
import type { ImageDetections } from './detection-model.ts'
import { classMasks } from './heads/mask.ts'
import type { MaskBranchConfig, TwoStageConfig } from './two-stage-config.ts'
import { type PyramidFeatures, type TwoStageNetwork, twoStageNetwork } from './two-stage-network.ts'

/** Detections of N images in pixels of the network's input, and the values on the way to them. */
export interface BatchDetections {
  readonly images: readonly (Detections & { readonly masks?: Value<'float32'> })[]
  readonly trace: Readonly<Record<string, Value>>
}

type InferenceConfig = TwoStageConfig & { readonly mask?: MaskBranchConfig }

/** uint8 `[H, W, 3]` RGB of any size -> detections in its pixels. */
export function twoStageInference(
  scope: Scope,
  config: InferenceConfig,
  image: Value<'uint8'>,
): ImageDetections {
  const { batch, size, originalSize } = within('transform', () => transformImage(image, config.transform))
  const { images } = detectBatch(scope, config, batch, unsqueeze(size, 0))
  const { boxes, ...rest } = images[0]
  return { ...rest, boxes: within('transform', () => rescaleBoxes(boxes, size, originalSize)) }
}

/**
 * The detector on a batch as the network sees it: `[N, 3, H, W]` normalised and padded, sizes float32 `[N, 2]` (height,
 * width without padding). N is known.
 */
export function detectBatch(
  scope: Scope,
  config: InferenceConfig,
  batch: Value<'float32'>,
  sizes: Value<'float32'>,
): BatchDetections {
  const network = twoStageNetwork(scope, config)
  const features = network.features(batch)
  const { maps, levels } = network.proposals(features, batch)
  const { inference, nmsThreshold, scoreThreshold } = config.rpn
  const proposals = within('rpn', () =>
    selectProposals(levels, sizes, { ...inference, nmsThreshold, scoreThreshold }),
  )
  const { rois, images, starts } = joined(proposals)
  const boxes = network.boxes(features, rois, images)
  const detections = within('roi_heads', () =>
    proposals.map((proposal, i) => {
      const part = (x: Value<'float32'>) => rows(x, starts, i)
      const predictions = { logits: part(boxes.logits), deltas: part(boxes.deltas) }
      return selectDetections(predictions, proposal.boxes, pick(sizes, 0, i), config.box)
    }),
  )
  const masks = network.masks && detectedMasks(network, features, detections)
  const trace: Record<string, Value> = {
    'transform.batch': batch,
    ...indexed('body', features.body),
    ...indexed('features', features.pyramid.slice(0, -1)),
    'features.pool': features.pyramid[features.pyramid.length - 1],
    ...indexed(
      'rpn.objectness',
      maps.map((level) => level.objectness),
    ),
    ...indexed(
      'rpn.deltas',
      maps.map((level) => level.deltas),
    ),
    ...indexed(
      'proposals',
      proposals.map((proposal) => proposal.boxes),
    ),
    ...indexed(
      'proposal_scores',
      proposals.map((proposal) => proposal.scores),
    ),
    'box.pooled': boxes.pooled,
    'box.head': boxes.features,
    'box.logits': boxes.logits,
    'box.deltas': boxes.deltas,
    ...masks?.trace,
  }
  return { images: detections.map((found, i) => ({ ...found, masks: masks?.images[i] })), trace }
}

/** Probabilities `[D, M, M]` of each image's detections; all regions go through the head together. */
function detectedMasks(
  network: TwoStageNetwork,
  features: PyramidFeatures,
  detections: readonly Detections[],
): { readonly images: readonly Value<'float32'>[]; readonly trace: Readonly<Record<string, Value>> } {
  const { rois, images, starts } = joined(detections)
  const { pooled, features: hidden, logits } = network.masks!(features, rois, images)
  const labels = concat(
    detections.map((found) => found.labels),
    0,
  )
  const masks = within('roi_heads', () => classMasks(logits, labels))
  return {
    images: detections.map((_, i) => rows(masks, starts, i)),
    trace: { 'mask.pooled': pooled, 'mask.head': hidden, 'mask.logits': logits },
  }
}

/** Boxes of all images one after the other, the image of each, and where each image's begin (and the last one's end). */
function joined(images: readonly Pick<Proposals, 'boxes'>[]) {
  const counts = images.map(({ boxes }) => sizeOf(boxes, 0))
  const starts: Size[] = [0]
  for (const count of counts) starts.push(sizeAdd(starts[starts.length - 1], count))
  const rois = concat(
    images.map(({ boxes }) => boxes),
    0,
  )
  const owners = counts.map((count, image) => expand(constant(int64([image])), [count]))
  return { rois, images: concat(owners, 0), starts }
}

function rows(x: Value<'float32'>, starts: readonly Size[], image: number): Value<'float32'> {
  return starts.length === 2 ? x : slice(x, 0, starts[image], starts[image + 1])
}

function indexed(name: string, values: readonly Value[]): Record<string, Value> {
  return Object.fromEntries(values.map((value, i) => [`${name}.${i}`, value]))
}

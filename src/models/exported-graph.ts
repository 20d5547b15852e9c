/** What an exported file computes: from what its reader has to what its reader wants. */
import { decodeKeypoints } from '../detection/decode-keypoints.ts'
import { pasteMasks } from '../detection/paste-masks.ts'
import { sizeVector } from '../detection/transform.ts'
import { ConfigError } from '../errors.ts'
import type { MaskPasting } from '../geometry/paste-reach.ts'
import { type Graph, graph } from '../graph/graph.ts'
import { within } from '../graph/path.ts'
import { constant, input, presentValues, type Value } from '../graph/value.ts'
import { fromTensors, rootScope } from '../nn/scope.ts'
import { div, mul } from '../ops/elementwise.ts'
import { gather, pick } from '../ops/gather.ts'
import { concat, expand, sizeOf, unsqueeze } from '../ops/layout.ts'
import { float32, int64, type Tensor } from '../tensor/tensor.ts'
import { buildModel, type ModelConfig, pastingOf } from './catalogue.ts'
import type { DetectionModel, ImageDetections } from './detector.ts'
import { imagesOf } from './joined-images.ts'
import { LEAST_SCORE } from './least-score.ts'

/** Where an exported graph begins and ends. */
export interface GraphEnds {
  /** Masks leave it at the size of the image, `masks` bool `[D, height, width]`. */
  readonly paste: boolean
  /** It takes normalised batches and ends at the feature maps and what dense heads say of them. */
  readonly raw: boolean
  /** Images of one size that it takes at once; undefined for one. */
  readonly batch?: number
  /** It has a second input, `LEAST_SCORE` (see `InferenceGraphOptions`); for an image at a time. */
  readonly asksLeastScore?: boolean
}

/** Recorded values that come before anything is selected: feature maps, and predictions at every cell of them. */
const RAW = /^(features|rpn\.(objectness|deltas)|head)\./

/**
 * `image` uint8 `[height, width, 3]` RGB in; `boxes`, `scores`, `labels` and what else the model finds out. With `batch`,
 * `images` `[batch, height, width, 3]` in, and int64 `imageIndex` `[D]` beside the detections: which image each is of. With `raw`,
 * `images` float32 `[N, 3, height, width]` in, see `RAW`. Throws `ConfigError` for ends that the model does not have.
 */
export function exportedGraph(
  config: ModelConfig,
  weights: ReadonlyMap<string, Tensor>,
  ends: GraphEnds,
): Graph {
  const model = buildModel(config)
  requirePossible(model, ends)
  const outputs = (detections: ImageDetections, image: Value<'uint8'>) =>
    outputsOf(detections, image, ends.paste ? (pastingOf(config) ?? 'whole-pixels') : undefined)
  const scope = rootScope(fromTensors(weights), 'running')
  if (ends.raw) {
    const images = input('images', 'float32', [ends.batch ?? 1, 3, 'height', 'width'])
    const size = sizeVector({ height: sizeOf(images, 2), width: sizeOf(images, 3) })
    model.detect(scope, { images, sizes: expand(unsqueeze(size, 0), [ends.batch ?? 1, 2]) })
    return graph(Object.fromEntries([...scope.taps].filter(([name]) => RAW.test(name))), [images])
  }
  if (ends.batch === undefined) {
    const image = input('image', 'uint8', ['height', 'width', 3])
    const asked = ends.asksLeastScore ? [input(LEAST_SCORE, 'float32', [])] : []
    return graph(outputs(model.inference(scope, image, ...asked), image), [image, ...asked])
  }
  const images = input('images', 'uint8', [ends.batch, 'height', 'width', 3])
  const each = Array.from({ length: ends.batch }, (_, i) => pick(images, 0, i))
  const found = model.inferences(scope, each).map((detections, i) => outputs(detections, each[i]))
  return graph(joined(found), [images])
}

function requirePossible({ finds }: DetectionModel, { paste, raw, batch, asksLeastScore }: GraphEnds): void {
  if (asksLeastScore && (raw || batch !== undefined)) {
    throw new ConfigError('a least score is asked for one image with its instances', {
      where: 'asksLeastScore',
      hint: 'Leave out raw and batch',
    })
  }
  if (paste && raw) {
    throw new ConfigError('a graph that ends before its heads has no masks to paste', {
      where: 'paste',
      hint: 'Leave out raw or paste',
    })
  }
  if (paste && !finds.includes('mask')) {
    throw new ConfigError('the model finds no masks that could be pasted', { where: 'paste' })
  }
}

/** Everything that is known of an image's detections, in its pixels; masks pasted where `pasting` says how. */
function outputsOf(
  { masks, heatmaps, networkBoxes, networkSize, ...rest }: ImageDetections,
  image: Value<'uint8'>,
  pasting: MaskPasting | undefined,
): Record<string, Value> {
  const size = { height: sizeOf(image, 0), width: sizeOf(image, 1) }
  const outputs: Record<string, Value | undefined> = { ...rest, masks }
  if (pasting && masks)
    outputs.masks = within('paste', () => pasteMasks(masks, rest.boxes, { ...size, pasting }))
  if (heatmaps) {
    outputs.keypoints = within('keypoints', () => {
      const ratio = gather(div(sizeVector(size), networkSize!), constant(int64([1, 0])))
      const scale = concat([ratio, constant(float32([1]))], 0)
      return mul(decodeKeypoints(heatmaps, networkBoxes!), scale)
    })
  }
  return presentValues(outputs)
}

/** Detections of all images one after the other, and whose each is; the floors of limits, one for each image. */
function joined(images: readonly Record<string, Value>[]): Record<string, Value> {
  const names = Object.keys(images[0])
  const parts = (name: string) => images.map((outputs) => outputs[name])
  const owners = imagesOf(images as unknown as { readonly boxes: Value<'float32'> }[])
  return { ...Object.fromEntries(names.map((name) => [name, concat(parts(name), 0)])), imageIndex: owners }
}

/** The losses of a batch as a graph: of its images, or of maps that frozen parts have made of them. */
import { FEED } from '../data/batch.ts'
import { normalizeImage, type TransformConfig } from '../detection/transform.ts'
import { ConfigError } from '../errors.ts'
import type { Dim } from '../graph/dim.ts'
import { frontier } from '../graph/frontier.ts'
import { type Graph, graph } from '../graph/graph.ts'
import { within } from '../graph/path.ts'
import { rewrite } from '../graph/rewrite.ts'
import { input, type Value } from '../graph/value.ts'
import type { Losses, Trainable, TrainingBatch } from '../models/training-batch.ts'
import type { ParameterSpec } from '../nn/init.ts'
import { asInputs, isWithin, rootScope } from '../nn/scope.ts'
import { and, cast, less, where } from '../ops/elementwise.ts'
import { range, reshape, sizeOf, slice } from '../ops/layout.ts'
import type { Values } from '../optim/gradient-transform.ts'

export interface LossOptions {
  /** Images of a batch. */
  readonly batchSize: number
  /** Padded size of every batch; without it the graph takes any size that the model takes. */
  readonly size?: { readonly height: number; readonly width: number }
  /** Whether batches say which pixels are ignored (`BatchOptions.ignored`). Default false. */
  readonly ignored?: boolean
  /** Dotted paths of parts that stay as they are, statistics of norms included. */
  readonly frozen?: readonly string[]
}

/** What a batch says of a model, and what it was computed of. */
export interface BatchLosses {
  readonly losses: Losses
  readonly metrics: Losses
  /** Everything the model needs by name, trained or not, as it is asked for. */
  readonly specs: readonly ParameterSpec[]
  /** Parameters and statistics before the step. */
  readonly known: Values
  /** New values of statistics that the model renews. */
  readonly statistics: Values
  /** What a batch feeds. */
  readonly inputs: readonly Value[]
}

interface ImageLosses extends BatchLosses {
  readonly images: Value<'uint8'>
  readonly imageSizes: Value<'float32'>
  /** Where the frozen parts end. */
  readonly maps: readonly Value[]
}

/** Losses of a batch of images, see `TrainingBatch`. */
export function batchLosses(model: Trainable, options: LossOptions): ImageLosses {
  const { frozen = [] } = options
  const { batch, images, inputs } = batchInputs(model, options)
  const { imageSizes } = batch
  const parameters = asInputs()
  const scope = rootScope(parameters.resolve, 'batch', { frozen })
  const { losses, metrics } = model.losses(scope, batch)
  const isFrozen = (path: string) => frozen.some((part) => isWithin(path, part))
  const still = [...parameters.inputs].filter(([name]) => isFrozen(name))
  const fixed = new Set<Value>([imageSizes, ...still.map(([, value]) => value)])
  return {
    ...{ losses, metrics, inputs, images, imageSizes },
    specs: [...parameters.specs.values()],
    statistics: scope.updates,
    known: parameters.inputs,
    maps: still.length > 0 ? frontier(Object.values(losses), images, fixed, isFrozen) : [],
  }
}

/** The same losses of the maps of `featureGraph` in place of the images; `size` and `frozen` must be given. */
export function featureLosses(model: Trainable, options: LossOptions): BatchLosses {
  const { losses, metrics, statistics, inputs, images, maps, ...whole } = batchLosses(model, options)
  const given = maps.map((map, i) => input(featureName(i), 'float16', map.shape))
  const replaced = new Map(maps.map((map, i) => [map, cast(given[i], 'float32')]))
  const parts = [Object.entries(losses), Object.entries(metrics), [...statistics]]
  const outputs = parts.flatMap((entries, part) =>
    entries.map(([name, value]) => [`${part}:${name}`, value] as const),
  )
  const rewritten = rewrite(graph(Object.fromEntries(outputs)), () => undefined, replaced).outputs
  const [newLosses, newMetrics, newStatistics] = parts.map((entries, part) =>
    entries.map(([name]) => [name, rewritten[`${part}:${name}`] as Value<'float32'>] as const),
  )
  return {
    ...whole,
    losses: Object.fromEntries(newLosses),
    metrics: Object.fromEntries(newMetrics),
    statistics: new Map(newStatistics),
    inputs: [...inputs.filter((value) => value !== images), ...given],
  }
}

/** Name of the input of a step that is the i-th map of the frozen parts. */
export function featureName(i: number): string {
  return `feature:${i}`
}

/**
 * What the frozen parts make of one image, `images` uint8 `[1, H, W, 3]` and `image_sizes`, for steps with `features`: float16 maps by
 * `featureName`, each `[1, C, h, w]`. The parts' weights are inputs. Throws as `trainGraph`, and `ConfigError` where they make nothing alone.
 */
export function featureGraph(
  model: Trainable,
  options: Required<Pick<LossOptions, 'size' | 'frozen'>>,
): Graph {
  const { maps, images, imageSizes } = batchLosses(model, { ...options, batchSize: 1 })
  if (maps.length === 0) {
    throw new ConfigError('the frozen parts need others to make anything of an image', {
      where: 'frozen',
      got: options.frozen.join(', ') || 'none',
    })
  }
  const outputs = maps.map((map, i) => [featureName(i), cast(map, 'float16')] as const)
  return graph(Object.fromEntries(outputs), [images, imageSizes])
}

function batchInputs(model: Trainable, { batchSize, size, ignored: hasIgnored }: LossOptions) {
  const [height, width]: Dim[] = size ? [size.height, size.width] : ['H', 'W']
  const [n, g] = [batchSize, 'G']
  const images = input(FEED.images, 'uint8', [n, height, width, 3])
  const imageSizes = input(FEED.sizes, 'float32', [n, 2])
  const boxes = input(FEED.boxes, 'float32', [n, g, 4])
  const labels = input(FEED.labels, 'int64', [n, g])
  const masks = model.finds.includes('mask') ? input(FEED.masks, 'uint8', [n, g, height, width]) : undefined
  const keypoints = model.finds.includes('keypoint')
    ? input(FEED.keypoints, 'float32', [n, g, 'keypoints', 3])
    : undefined
  const corners: Dim[] = size ? [size.height + 1, size.width + 1] : ['H_corners', 'W_corners']
  const ignored = hasIgnored ? input(FEED.ignored, 'float32', [n, ...corners]) : undefined
  const random = new Map(
    Object.keys(model.draws).map((name) => [name, input(name, 'float32', [n, `${name}_count`])]),
  )
  const batch: TrainingBatch = {
    images: within('normalize', () => normalized(images, imageSizes, model.transform)),
    imageSizes,
    boxes,
    labels,
    masks,
    keypoints,
    ignored,
    random,
  }
  return {
    batch,
    images,
    inputs: [images, imageSizes, boxes, labels, masks, keypoints, ignored, ...random.values()].filter(
      isGiven,
    ),
  }
}

function isGiven<T>(value: T | undefined): value is T {
  return value !== undefined
}

/** Normalised images as `[N, 3, H, W]`, zero outside their sizes. */
function normalized(
  images: Value<'uint8'>,
  imageSizes: Value<'float32'>,
  transform: TransformConfig,
): Value<'float32'> {
  const planes = normalizeImage(images, transform)
  const [n, height, width] = [0, 1, 2].map((axis) => sizeOf(images, axis))
  const limit = (side: number) => reshape(slice(imageSizes, 1, side, side + 1), [n, 1, 1, 1])
  const rows = reshape(cast(range(height), 'float32'), [1, 1, height, 1])
  const columns = reshape(cast(range(width), 'float32'), [1, 1, 1, width])
  return where(and(less(rows, limit(0)), less(columns, limit(1))), planes, 0)
}

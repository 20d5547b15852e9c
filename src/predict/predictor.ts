import type { Category } from '../data/dataset.ts'
import type { RawImage } from '../data/picture.ts'
import { ConfigError, DataError } from '../errors.ts'
import type { Box, Size } from '../geometry/boxes.ts'
import { pasteMask } from '../geometry/paste-mask.ts'
import type { MaskPasting } from '../geometry/paste-reach.ts'
import { encodeRle, type Rle } from '../geometry/rle.ts'
import { LEAST_SCORE } from '../models/least-score.ts'
import type { DetectionLimits } from '../models/model-definition.ts'
import type { OptionNames } from '../names/known-options.ts'
import type { Session } from '../runtime/session.ts'
import { float32, type Tensor, tensor } from '../tensor/tensor.ts'
import { foundKeypoints } from './found-keypoints.ts'
import { type Instance, instanceMask } from './instance.ts'
import { limitNotes, type ReachedLimits, reachedLimits } from './view-limits.ts'

export interface PredictOptions {
  /** Instances below this score are left out. Default 0.5. */
  readonly score?: number
  /** The most instances to return, best first. Default: as many as the model gives (see `LoadOptions.max`). */
  readonly max?: number
  readonly signal?: AbortSignal
  /** Of the image, for messages. */
  readonly name?: string
}

export const PREDICT_OPTIONS: OptionNames<PredictOptions> = {
  score: true,
  max: true,
  signal: true,
  name: true,
}

export interface Prediction {
  readonly width: number
  readonly height: number
  /** From pixels to masks, decoding of the file not included. */
  readonly milliseconds: number
  /** In order of falling score. */
  readonly instances: readonly Instance[]
  /** What people should know of how this came about, such as a limit that was reached: a sentence without a full stop each. */
  readonly notes: readonly string[]
}

/** The smallest side of an image a detector can say anything about. */
export const MIN_SIDE = 4

/** A model at work. */
export interface LoadedModel {
  readonly session: Session
  /** `categories[i]` is that of label i + 1. */
  readonly categories: readonly Category[]
  /** Of the session's graph; without them nobody is told that they were reached. */
  readonly limits?: DetectionLimits
  /** How masks are laid over their boxes; `whole-pixels` where not given. */
  readonly pasting?: MaskPasting
}

/**
 * Runs an inference graph (`inferenceModel`), pastes each mask at the image's own resolution before thresholding it and looks for
 * each keypoint in its heatmap. Throws `DataError` for an
 * image that cannot be used and `ConfigError` for impossible options.
 */
export async function predict(
  detector: LoadedModel,
  image: RawImage,
  { score = 0.5, max = Number.POSITIVE_INFINITY, signal, name }: PredictOptions = {},
): Promise<Prediction> {
  checkOptions(score, max)
  const started = performance.now()
  const { width, height } = image
  const { instances, reached } = await view(detector, toRgb(image, name), { score, signal })
  const notes = [
    ...(image.notes ?? []),
    ...limitNotes([reached], detector.limits),
    ...beyondMax(instances, max),
  ]
  const milliseconds = performance.now() - started
  return { width, height, milliseconds, instances: instances.slice(0, max), notes }
}

export interface ViewOptions {
  /** The least that is wanted in the end; see `reachedLimits`. */
  readonly score: number
  /** The least that is returned. Default: `score`. */
  readonly least?: number
  readonly signal?: AbortSignal
}

/** What a model finds in a picture, or a tile of one, that it sees at once; by falling score. */
export async function view(
  { session, categories, limits, pasting }: LoadedModel,
  image: Tensor<'uint8'>,
  { score, least = score, signal }: ViewOptions,
): Promise<{ readonly instances: readonly Instance[]; readonly reached: ReachedLimits }> {
  const [height, width] = image.shape
  // An exported graph says all it finds.
  const asked = session.inputs.some(({ name }) => name === LEAST_SCORE)
  const feeds = { image, ...(asked && { [LEAST_SCORE]: float32([least], []) }) }
  const outputs = await session.run(feeds, { signal })
  const scores = outputs.scores.data as Float32Array
  const labels = outputs.labels.data as BigInt64Array
  const boxes = outputs.boxes.data as Float32Array
  const maskScores = outputs.maskScores?.data as Float32Array | undefined
  const instances: Instance[] = []
  for (let i = 0; i < scores.length; i++) {
    if (scores[i] < least) continue
    const category = categories[Number(labels[i]) - 1]
    const box: Box = [boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3]]
    const mask =
      outputs.masks && instanceMask(runsOf(outputs.masks, i, box, { size: { height, width }, pasting }))
    const keypoints = foundKeypoints(outputs, i, category, { height, width })
    instances.push({
      categoryId: category.id,
      category: category.name,
      score: scores[i],
      box,
      mask,
      ...(maskScores && { maskScore: maskScores[i] }),
      ...(keypoints && { keypoints, skeleton: category.skeleton }),
    })
  }
  return { instances, reached: reachedLimits(outputs, limits, score) }
}

/** What was found and not asked for. */
export function beyondMax(instances: readonly Instance[], max: number): string[] {
  if (instances.length <= max) return []
  return [`${instances.length} instances were found, and the best ${max} kept as asked for (max)`]
}

export function checkOptions(score: number, max: number): void {
  const isCount = Number.isInteger(max) || max === Number.POSITIVE_INFINITY
  if (!(score >= 0 && score <= 1)) throw wrongOption('score', 'a number from 0 to 1', score)
  if (!(isCount && max >= 0)) throw wrongOption('max', 'a whole number of at least 0', max)
}

export function wrongOption(where: string, expected: string, got: unknown): ConfigError {
  return new ConfigError('option is wrong', { where, expected, got: `${got}` })
}

/** The mask of a detection: probabilities inside its box, or a bitmap of the image where the graph has pasted it. */
function runsOf(
  { data, dtype, shape }: Tensor,
  index: number,
  box: Box,
  { size, pasting }: { readonly size: Size; readonly pasting?: MaskPasting },
): Rle {
  const cells = shape[1] * shape[2]
  const [from, to] = [index * cells, (index + 1) * cells]
  if (dtype === 'bool') return encodeRle((data as Uint8Array).subarray(from, to), size)
  return pasteMask({ data: (data as Float32Array).subarray(from, to), side: shape[2] }, box, size, pasting)
}

/** `[H, W, 3]` uint8. Throws `DataError` for what is no usable picture. */
export function toRgb(
  { data, width, height, channels = channelsOf(data.length, width * height) }: RawImage,
  where: string | undefined,
): Tensor<'uint8'> {
  if (![1, 3, 4].includes(channels)) {
    throw new DataError('image has an impossible number of channels', {
      where,
      expected: '1 (grey), 3 (RGB) or 4 (RGBA)',
      got: `${channels}`,
    })
  }
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    throw new DataError('image data is not bytes', {
      where,
      expected: 'a Uint8Array or Uint8ClampedArray of values from 0 to 255',
      got: Object.prototype.toString.call(data).slice(8, -1),
      hint: 'Scale other numbers to 0..255 first: which of them is black and which is white, only you know',
    })
  }
  if (data.length !== width * height * channels) {
    throw new DataError('image data does not fit its size', {
      where,
      expected: `${width * height * channels} bytes for ${width}x${height} with ${channels} channels`,
      got: `${data.length}`,
    })
  }
  if (Math.min(width, height) < MIN_SIDE) {
    throw new DataError('image is too small to segment', {
      where,
      expected: `at least ${MIN_SIDE} pixels on each side`,
      got: `${width}x${height}`,
    })
  }
  if (channels === 3) return tensor('uint8', [height, width, 3], Uint8Array.from(data))
  const rgb = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = data[i * channels + (channels === 1 ? 0 : c)]
  }
  return tensor('uint8', [height, width, 3], rgb)
}

/** 3 where no possible count of channels fits. */
function channelsOf(bytes: number, pixels: number): 1 | 3 | 4 {
  return ([1, 4] as const).find((channels) => bytes === pixels * channels) ?? 3
}

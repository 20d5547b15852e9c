/** Test-time augmentation: an image is looked at mirrored and at several sizes, and what was seen is put together. */
import type { Category } from '../data/dataset.ts'
import { mirrorByName } from '../data/keypoints.ts'
import { batchedNms } from '../geometry/nms.ts'
import { LEAST_SCORE } from '../models/least-score.ts'
import type { Session } from '../runtime/session.ts'
import { float32, int64, type Tensor, tensor } from '../tensor/tensor.ts'
import type { Augmentation } from './augmentation.ts'
import { LIMIT_OUTPUTS } from './view-limits.ts'

export interface AugmentedModel {
  readonly finding: Session
  readonly telling?: Session
  readonly nmsThreshold: number
  /** The most instances of an image. */
  readonly most: number
  /** `categories[i]` is that of label i + 1. */
  readonly categories: readonly Category[]
}

interface View {
  readonly image: Tensor
  readonly scale: Tensor<'float32'>
  readonly isMirrored: boolean
}

/**
 * A session that takes and gives what that of an inference graph does, by detectron2's `GeneralizedRCNNWithTTA`: boxes of all views
 * are led back to the image and go through non-maximum suppression together; masks, their scores and heatmaps of keypoints
 * are computed of what is left, in every view, and averaged.
 */
export function augmentedSession(
  { finding, telling, nmsThreshold, most, categories }: AugmentedModel,
  { flip = false, scales = [] }: Augmentation,
): Session {
  const sizes = [...new Set([1, ...scales])]
  return {
    inputs: [finding.inputs[0], { name: LEAST_SCORE, dtype: 'float32', shape: [] }],
    outputs: [...finding.outputs, ...(telling?.outputs ?? [])],
    concurrency: finding.concurrency,
    run: async ({ image, [LEAST_SCORE]: least }, { signal } = {}) => {
      const width = image.shape[1]
      const mirrored = flip ? mirroredImage(image) : undefined
      const views = sizes.flatMap((size): View[] => {
        const scale = float32([size])
        return [
          { image, scale, isMirrored: false },
          ...(mirrored ? [{ image: mirrored, scale, isMirrored: true }] : []),
        ]
      })
      const found = await Promise.all(
        views.map(({ image, scale }) => finding.run({ image, scale }, { signal })),
      )
      const merged = mergedBoxes(found, views, {
        width,
        nmsThreshold,
        most,
        least: Number(least?.data[0] ?? 0),
      })
      if (!telling) return { ...floorsOf(found), ...merged }
      const told = await Promise.all(
        views.map(({ image, scale, isMirrored }) => {
          const boxes = isMirrored ? mirroredBoxes(merged.boxes, width) : merged.boxes
          return telling.run({ image, scale, ...merged, boxes }, { signal })
        }),
      )
      for (const [i, { isMirrored }] of views.entries())
        if (isMirrored) unmirror(told[i], merged.labels, categories)
      const averages = ['masks', 'maskScores', 'heatmaps'].filter((name) => told[0][name])
      return {
        ...floorsOf(found),
        ...told[0],
        ...Object.fromEntries(averages.map((name) => [name, mean(told.map((outputs) => outputs[name]))])),
        ...merged,
      }
    },
    dispose: async () => {
      await finding.dispose()
      await telling?.dispose()
    },
  }
}

interface MergedBoxes {
  readonly boxes: Tensor<'float32'>
  readonly scores: Tensor<'float32'>
  readonly labels: Tensor<'int64'>
}

/** What all views have found, each thing once; by falling score. */
function mergedBoxes(
  found: readonly Readonly<Record<string, Tensor>>[],
  views: readonly View[],
  {
    width,
    nmsThreshold,
    most,
    least,
  }: {
    readonly width: number
    readonly nmsThreshold: number
    readonly most: number
    readonly least: number
  },
): { -readonly [K in keyof MergedBoxes]: MergedBoxes[K] } {
  const boxes = found.flatMap((outputs, i) => {
    const seen = outputs.boxes as Tensor<'float32'>
    return [...(views[i].isMirrored ? mirroredBoxes(seen, width) : seen).data]
  })
  const scores = found.flatMap((outputs) => [...(outputs.scores.data as Float32Array)])
  const labels = found.flatMap((outputs) => [...(outputs.labels.data as BigInt64Array)].map(Number))
  const kept = batchedNms(Float32Array.from(boxes), scores, labels, nmsThreshold)
    .filter((i) => scores[i] >= least)
    .slice(0, most)
  return {
    boxes: float32(
      kept.flatMap((i) => boxes.slice(4 * i, 4 * i + 4)),
      [kept.length, 4],
    ),
    scores: float32(kept.map((i) => scores[i])),
    labels: int64(kept.map((i) => labels[i])),
  }
}

/** A limit that one view reached counts as reached. */
function floorsOf(found: readonly Readonly<Record<string, Tensor>>[]): Record<string, Tensor> {
  const names = LIMIT_OUTPUTS.filter((name) => found[0][name])
  return Object.fromEntries(
    names.map((name) => [
      name,
      float32([Math.max(...found.map((outputs) => Number(outputs[name].data[0] ?? 0)))]),
    ]),
  )
}

function mirroredImage({ data, shape }: Tensor): Tensor<'uint8'> {
  const [height, width] = shape
  const out = new Uint8Array(data.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [from, to] = [3 * (y * width + x), 3 * (y * width + width - 1 - x)]
      for (let c = 0; c < 3; c++) out[to + c] = Number(data[from + c])
    }
  }
  return tensor('uint8', [...shape], out)
}

function mirroredBoxes({ data, shape }: Tensor<'float32'>, width: number): Tensor<'float32'> {
  const out = Float32Array.from(data)
  for (let i = 0; i < out.length; i += 4) {
    out[i] = width - data[i + 2]
    out[i + 2] = width - data[i]
  }
  return tensor('float32', [...shape], out)
}

/** Leads masks and heatmaps of a mirrored image back: their cells change sides, and so do keypoints that have another side. */
function unmirror(
  { masks, heatmaps }: Readonly<Record<string, Tensor>>,
  labels: Tensor<'int64'>,
  categories: readonly Category[],
): void {
  if (masks?.dtype === 'float32') reverseRows(masks as Tensor<'float32'>)
  if (!heatmaps) return
  reverseRows(heatmaps as Tensor<'float32'>)
  const [, count, high, wide] = heatmaps.shape
  const data = heatmaps.data as Float32Array
  const before = data.slice()
  for (const [i, label] of labels.data.entries()) {
    const mirror = mirrorByName(categories[Number(label) - 1].keypoints ?? [])
    for (let k = 0; k < count; k++) {
      const from = (i * count + (mirror[k] ?? k)) * high * wide
      data.set(before.subarray(from, from + high * wide), (i * count + k) * high * wide)
    }
  }
}

function reverseRows({ data, shape }: Tensor<'float32'>): void {
  const wide = shape[shape.length - 1]
  for (let at = 0; at < data.length; at += wide) data.subarray(at, at + wide).reverse()
}

function mean(values: readonly Tensor[]): Tensor<'float32'> {
  const [{ shape }] = values
  const data = Float32Array.from(
    { length: values[0].data.length },
    (_, i) => values.reduce((sum, value) => sum + Number(value.data[i]), 0) / values.length,
  )
  return tensor('float32', [...shape], data)
}

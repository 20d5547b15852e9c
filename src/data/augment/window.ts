import type { Box, Size } from '../../geometry/boxes.ts'
import { moveKeypoints } from '../keypoints.ts'
import type { RgbImage } from '../picture.ts'
import { type MaskedInstance, type Sample, type SampleInstance, trimInstance } from '../sample.ts'
import { isLeft, type LeastVisible } from './covered.ts'

/** A rectangle of whole pixels in the resized image; it may reach beyond the image. */
export interface Window extends Size {
  readonly x: number
  readonly y: number
}

/** What becomes of the window's pixels outside the image, and of objects that it cuts. */
export interface WindowOptions extends LeastVisible {
  /** RGB bytes. */
  readonly fill: readonly [number, number, number]
}

/** The mean colour of ImageNet, which normalising turns into zeros. */
export const MEAN_COLOR = [124, 116, 104] as const

/**
 * The sample resized to `size`, seen through a window. Output pixel i lies at `(i + 0.5) * in / out - 0.5` of the
 * source: the image is interpolated bilinearly there (no antialiasing, edges repeated), masks take the pixel that
 * holds the point. Only the window is computed. Boxes become the tight boxes of the masks that are left; boxes
 * without a mask are scaled and clipped. Keypoints are scaled; outside the window they are not labelled.
 */
export function resizeWindow(sample: Sample, size: Size, window: Window, options: WindowOptions): Sample {
  const { image } = sample
  const columns = axisOf(image.width, size.width)
  const rows = axisOf(image.height, size.height)
  const instances: SampleInstance[] = []
  for (const instance of sample.instances) {
    const seen = instance.mask
      ? maskThrough({ ...instance, mask: instance.mask }, columns, rows, window, options)
      : boxThrough(instance, columns, rows, window, options)
    if (seen) instances.push(keypointsThrough(seen, columns, rows, window))
  }
  return { ...sample, image: imageThrough(image, columns, rows, window, options.fill), instances }
}

/** One axis of the resize: `from` pixels become `to`. */
interface Axis {
  readonly from: number
  readonly to: number
}

function axisOf(from: number, to: number): Axis {
  return { from, to }
}

/** Source pixel that holds the centre of output pixel `i`. */
function sourceOf({ from, to }: Axis, i: number): number {
  return Math.floor(((i + 0.5) * from) / to)
}

/** Output pixels [first, end) whose source lies in [low, high), whole pixels. */
function rangeOf(axis: Axis, low: number, high: number): readonly [number, number] {
  const firstAt = (limit: number) => {
    let i = Math.max(0, Math.floor((limit * axis.to) / axis.from) - 1)
    while (sourceOf(axis, i) < limit) i++
    return i
  }
  return [firstAt(low), Math.min(firstAt(high), axis.to)]
}

function maskThrough(
  instance: MaskedInstance,
  columns: Axis,
  rows: Axis,
  window: Window,
  least: LeastVisible,
): SampleInstance | undefined {
  const { mask } = instance
  const [x1, y1, x2, y2] = instance.box
  const [left, right] = rangeOf(columns, x1, x2)
  const [top, bottom] = rangeOf(rows, y1, y2)
  const seenLeft = Math.max(left, window.x)
  const seenRight = Math.min(right, window.x + window.width)
  const seenTop = Math.max(top, window.y)
  const seenBottom = Math.min(bottom, window.y + window.height)
  if (seenLeft >= seenRight || seenTop >= seenBottom) return undefined
  const width = seenRight - seenLeft
  const sourceColumns = Int32Array.from({ length: right - left }, (_, i) => sourceOf(columns, left + i) - x1)
  const sourceRow = (y: number) => (sourceOf(rows, y) - y1) * (x2 - x1)
  const seen = new Uint8Array(width * (seenBottom - seenTop))
  let kept = 0
  for (let y = seenTop, to = 0; y < seenBottom; y++) {
    const start = sourceRow(y)
    for (let x = seenLeft - left; x < seenRight - left; x++) {
      const value = mask[start + sourceColumns[x]]
      seen[to++] = value
      kept += value
    }
  }
  if (width < right - left || seenBottom - seenTop < bottom - top) {
    let whole = 0
    for (let y = top; y < bottom; y++) {
      const start = sourceRow(y)
      for (const x of sourceColumns) whole += mask[start + x]
    }
    if (!isLeft(kept, whole, least)) return undefined
  }
  const place: Box = [seenLeft - window.x, seenTop - window.y, seenRight - window.x, seenBottom - window.y]
  return trimInstance({ ...instance, box: place, mask: seen })
}

function boxThrough(
  instance: SampleInstance,
  columns: Axis,
  rows: Axis,
  window: Window,
  least: LeastVisible,
): SampleInstance | undefined {
  const [x1, y1, x2, y2] = instance.box
  const scaleX = columns.to / columns.from
  const scaleY = rows.to / rows.from
  const [left, right] = [x1 * scaleX - window.x, x2 * scaleX - window.x]
  const [top, bottom] = [y1 * scaleY - window.y, y2 * scaleY - window.y]
  const seen: Box = [
    Math.max(left, 0),
    Math.max(top, 0),
    Math.min(right, window.width),
    Math.min(bottom, window.height),
  ]
  if (seen[2] <= seen[0] || seen[3] <= seen[1]) return undefined
  const whole = (right - left) * (bottom - top)
  const kept = (seen[2] - seen[0]) * (seen[3] - seen[1])
  if (!isLeft(kept, whole, least)) return undefined
  return { ...instance, box: seen }
}

function keypointsThrough(
  instance: SampleInstance,
  columns: Axis,
  rows: Axis,
  window: Window,
): SampleInstance {
  const { keypoints } = instance
  if (!keypoints) return instance
  const move = (x: number, y: number) =>
    [(x * columns.to) / columns.from - window.x, (y * rows.to) / rows.from - window.y] as const
  return { ...instance, keypoints: moveKeypoints(keypoints, window, move) }
}

function imageThrough(
  { data, width }: RgbImage,
  columns: Axis,
  rows: Axis,
  window: Window,
  fill: WindowOptions['fill'],
): RgbImage {
  const out = new Uint8Array(window.height * window.width * 3)
  const left = Math.min(Math.max(0, -window.x), window.width)
  const right = Math.max(left, Math.min(window.width, columns.to - window.x))
  const across = tapsOf(columns, window.x + left, right - left, 3)
  const down = tapsOf(rows, window.y, window.height, width * 3)
  const isCopy = columns.from === columns.to && rows.from === rows.to
  for (let y = 0; y < window.height; y++) {
    const inside = window.y + y >= 0 && window.y + y < rows.to
    const start = y * window.width * 3
    if (!inside || left > 0 || right < window.width) {
      for (let i = start; i < start + window.width * 3; i++) out[i] = fill[(i - start) % 3]
    }
    if (!inside || left >= right) continue
    if (isCopy) {
      const from = ((window.y + y) * width + window.x + left) * 3
      out.set(data.subarray(from, from + (right - left) * 3), start + left * 3)
      continue
    }
    const upper = down.low[y]
    const lower = down.high[y]
    const weight = down.weight[y]
    let to = start + left * 3
    for (let x = 0; x < right - left; x++) {
      const a = across.low[x]
      const b = across.high[x]
      const t = across.weight[x]
      for (let c = 0; c < 3; c++) {
        const above = data[upper + a + c] + (data[upper + b + c] - data[upper + a + c]) * t
        const below = data[lower + a + c] + (data[lower + b + c] - data[lower + a + c]) * t
        out[to++] = above + (below - above) * weight + 0.5
      }
    }
  }
  return { data: out, width: window.width, height: window.height }
}

/** Source offsets (in steps of `stride`) and upper weights of `count` output pixels from `first` on. */
function tapsOf({ from, to }: Axis, first: number, count: number, stride: number) {
  const low = new Int32Array(count)
  const high = new Int32Array(count)
  const weight = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const position = Math.min(Math.max(((first + i + 0.5) * from) / to - 0.5, 0), from - 1)
    const cell = Math.floor(position)
    low[i] = cell * stride
    high[i] = Math.min(cell + 1, from - 1) * stride
    weight[i] = position - cell
  }
  return { low, high, weight }
}

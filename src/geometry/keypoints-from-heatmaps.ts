/** From predicted heatmaps to points in the image, as torchvision's `heatmaps_to_keypoints`. */
import { ShapeError } from '../errors.ts'
import type { Box } from './boxes.ts'

const round = Math.fround

/** Keys' parameter, PyTorch's. */
const A = -0.75

/** The heatmaps of K keypoints of one box, logits row-major `[K, M, M]`. */
export interface Heatmaps {
  readonly data: Float32Array
  readonly side: number
}

export interface Keypoint {
  /** In pixels of the image the box lies in. */
  readonly x: number
  readonly y: number
  /** Logit at the point; not a probability. */
  readonly score: number
}

/**
 * The most likely place of each keypoint in its box: heatmaps are resized to the box in whole pixels (sides rounded up,
 * at least 1) by bicubic interpolation, and the centre of the largest pixel is taken, the first of equals in reading order.
 * A box that is not finite has keypoints with score -Infinity at the origin. Throws `ShapeError` where the heatmaps are
 * not K whole squares.
 */
export function keypointsFromHeatmaps({ data, side }: Heatmaps, box: Box): Keypoint[] {
  const cells = side * side
  if (!Number.isInteger(side) || side < 1 || data.length % cells !== 0) {
    throw new ShapeError('heatmaps are not squares of their side', {
      expected: `a multiple of ${cells} values for side ${side}`,
      got: `${data.length}`,
    })
  }
  const maps = Array.from({ length: data.length / cells }, (_, k) =>
    data.subarray(k * cells, (k + 1) * cells),
  )
  if (!box.every(Number.isFinite)) return maps.map(() => ({ x: 0, y: 0, score: Number.NEGATIVE_INFINITY }))
  const across = pixelsAlong(box[0], box[2], side)
  const down = pixelsAlong(box[1], box[3], side)
  return maps.map((map) => {
    const { column, row, value } = highest(map, side, across.taps, down.taps)
    return { x: across.place(column), y: down.place(row), score: value }
  })
}

/** Four source cells and their weights. */
interface Tap {
  readonly cells: readonly number[]
  readonly weights: readonly number[]
}

/** One side of the box in whole pixels: what each takes of the heatmap, and where its centre lies in the image. */
function pixelsAlong(low: number, high: number, side: number) {
  const start = round(low)
  const length = Math.max(1, round(round(high) - start))
  const pixels = Math.ceil(length)
  const ratio = round(side / pixels)
  const step = round(length / pixels)
  return {
    taps: Array.from({ length: pixels }, (_, i) => cubicTap(round(ratio * (i + 0.5) - 0.5), side)),
    place: (pixel: number) => round(round((pixel + 0.5) * step) + start),
  }
}

/** Keys' cubic convolution at `position`; cells beyond the border repeat it. */
function cubicTap(position: number, side: number): Tap {
  const at = Math.floor(position)
  const t = position - at
  const near = (x: number) => ((A + 2) * x - (A + 3)) * x * x + 1
  const far = (x: number) => ((A * x - 5 * A) * x + 8 * A) * x - 4 * A
  return {
    cells: [-1, 0, 1, 2].map((offset) => Math.min(Math.max(at + offset, 0), side - 1)),
    weights: [far(t + 1), near(t), near(1 - t), far(2 - t)],
  }
}

function highest(map: Float32Array, side: number, across: readonly Tap[], down: readonly Tap[]) {
  const lines = new Float64Array(side * across.length)
  for (let row = 0; row < side; row++) {
    for (let x = 0; x < across.length; x++) {
      const { cells, weights } = across[x]
      let sum = 0
      for (let k = 0; k < 4; k++) sum += weights[k] * map[row * side + cells[k]]
      lines[row * across.length + x] = sum
    }
  }
  const best = { row: 0, column: 0, value: Number.NEGATIVE_INFINITY }
  for (let y = 0; y < down.length; y++) {
    const { cells, weights } = down[y]
    for (let x = 0; x < across.length; x++) {
      let sum = 0
      for (let k = 0; k < 4; k++) sum += weights[k] * lines[cells[k] * across.length + x]
      const value = round(sum)
      if (value > best.value) Object.assign(best, { row: y, column: x, value })
    }
  }
  return best
}

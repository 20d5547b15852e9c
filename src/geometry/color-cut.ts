import type { Size } from './boxes.ts'
import { cutGrid, type PixelGrid } from './grid-cut.ts'

/** A place that was said to be inside, or outside, in pixels of the picture. */
export interface Click {
  readonly x: number
  readonly y: number
  readonly isInside: boolean
}

export interface ColorCut extends Size {
  /** Row-major [H, W, 4]: red, green, blue and what is not looked at. */
  readonly rgba: ArrayLike<number>
  /** Row-major [H, W]: what is inside as far as is known. */
  readonly before: Uint8Array
  /** Whether `before` is a box that the object fills, so that all that is outside of it is certain. */
  readonly isBox: boolean
  readonly clicks: readonly Click[]
}

/** Bins of a channel: 16 levels of grey each. */
const BINS = 16
/** What each pixel of a boundary costs, where neighbours are of one colour (Rother et al. 2004). */
const TIE = 50
/** How much what was known before counts, against colours. */
const KNOWN = 1.5
/** Colours alone are never surer than this. */
const MOST = 6
/** Leaning of a pixel that is certain: more than all its ties. */
const CERTAIN = 1e4
/** Pixels about a click that are as certain as it. */
const CLICK_RADIUS = 2
/** How often a box is looked at again with the colours that were found in it. */
const ROUNDS = 4

/**
 * What is inside, by the colours of what is known and by edges in the picture: interactive graph cuts (Boykov and Jolly 2001)
 * with colours as histograms, learned again from each result where a box is all that is known, as GrabCut does (Rother et al.
 * 2004). About a click all that has its colour leans its way, the less the farther away. Of clicks only those changes are kept
 * that hang together with a click.
 */
export function cutByColor(cut: ColorCut): Uint8Array<ArrayBuffer> {
  const ties = tiesOf(cut)
  let inside = Uint8Array.from(cut.before)
  for (let round = 0; round < (cut.isBox ? ROUNDS : 1); round++) {
    const next = cutGrid({ width: cut.width, height: cut.height, leanings: leaningsOf(cut, inside), ties })
    // A box that nothing of stands out in stays what it was.
    if (cut.isBox && !next.includes(1)) return inside
    inside = next
  }
  return cut.isBox ? inside : nearClicks(cut, inside)
}

function leaningsOf(cut: ColorCut, inside: Uint8Array): Float64Array {
  const { rgba, before, isBox, clicks, width, height } = cut
  const pulls = pullsOf(cut)
  const [object, ground] = [new Float64Array(BINS ** 3), new Float64Array(BINS ** 3)]
  for (let p = 0; p < inside.length; p++) {
    // Colours that a click contradicts do not speak for what they were counted to.
    if (inside[p] && pulls[p] > -0.5) object[binOf(rgba, p)]++
    else if (inside[p] || pulls[p] < 0.5) ground[binOf(rgba, p)]++
    else object[binOf(rgba, p)]++
  }
  const [objectShares, groundShares] = [smoothShares(object), smoothShares(ground)]
  const leanings = new Float64Array(inside.length)
  for (let p = 0; p < inside.length; p++) {
    const bin = binOf(rgba, p)
    const colors = Math.log(objectShares[bin] / groundShares[bin])
    const known = isBox ? 0 : before[p] ? KNOWN : -KNOWN
    leanings[p] = clamped(colors) + known + 2 * MOST * pulls[p]
    if (isBox && !before[p]) leanings[p] = -CERTAIN
  }
  for (const { x, y, isInside } of clicks) {
    for (const p of disc(x, y, { width, height })) leanings[p] = isInside ? CERTAIN : -CERTAIN
  }
  return leanings
}

function clamped(value: number): number {
  return Math.max(-MOST, Math.min(MOST, value))
}

/** From -1 to 1: how much each pixel is like what was clicked, in colour and place; the stronger of the clicks in and out. */
function pullsOf({ rgba, clicks, width, height }: ColorCut): Float64Array {
  const pulls = new Float64Array(width * height)
  const tolerance = 2 * noiseOf({ rgba, width, height }) ** 2 + 2 * 10 ** 2
  const reach = 2 * (Math.max(width, height) / 2) ** 2
  for (const { x, y, isInside } of clicks) {
    const color = meanColor(rgba, disc(x, y, { width, height }))
    for (let p = 0; p < pulls.length; p++) {
      let apart = 0
      for (let k = 0; k < 3; k++) apart += (rgba[4 * p + k] - color[k]) ** 2
      const away = ((p % width) + 0.5 - x) ** 2 + (Math.floor(p / width) + 0.5 - y) ** 2
      const pull = Math.exp(-apart / tolerance - away / reach)
      if (pull > Math.abs(pulls[p])) pulls[p] = isInside ? pull : -pull
    }
  }
  return pulls
}

/** Changes that hang together with a pixel that was clicked. */
function nearClicks({ before, clicks, width, height }: ColorCut, after: Uint8Array): Uint8Array<ArrayBuffer> {
  const kept = Uint8Array.from(before)
  const waiting = clicks.flatMap(({ x, y }) => disc(x, y, { width, height }))
  const seen = new Uint8Array(before.length)
  for (let p = waiting.pop(); p !== undefined; p = waiting.pop()) {
    if (seen[p]) continue
    seen[p] = 1
    if (before[p] === after[p]) continue
    kept[p] = after[p]
    const x = p % width
    if (x > 0) waiting.push(p - 1)
    if (x < width - 1) waiting.push(p + 1)
    if (p >= width) waiting.push(p - width)
    if (p < width * (height - 1)) waiting.push(p + width)
  }
  return kept
}

/** How far neighbours are apart in colour, squared, on the average; at least that of a grey level. */
function contrastOf({ rgba, width, height }: Pick<ColorCut, 'rgba' | 'width' | 'height'>): number {
  let [sum, count] = [0, 0]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const p = y * width + x
      for (const q of [x < width - 1 ? p + 1 : p, y < height - 1 ? p + width : p]) {
        if (q === p) continue
        sum += squaredApart(rgba, p, q)
        count++
      }
    }
  }
  return Math.max(3, sum / Math.max(1, count))
}

/** Grey levels that neighbours of one surface are apart: from the half of the neighbours that are nearest. */
function noiseOf({ rgba, width, height }: Pick<ColorCut, 'rgba' | 'width' | 'height'>): number {
  const steps: number[] = []
  for (let p = 0; p + 1 < width * height; p += 3)
    if (p % width < width - 1) steps.push(squaredApart(rgba, p, p + 1))
  steps.sort((a, b) => a - b)
  return Math.sqrt(steps[steps.length >> 1] ?? 0)
}

function squaredApart(rgba: ArrayLike<number>, p: number, q: number): number {
  let apart = 0
  for (let k = 0; k < 3; k++) apart += (rgba[4 * p + k] - rgba[4 * q + k]) ** 2
  return apart
}

function tiesOf(cut: ColorCut): PixelGrid['ties'] {
  const { rgba, width, height } = cut
  const sharpness = 1 / (2 * contrastOf(cut))
  const between = (p: number, q: number, length: number) =>
    (TIE / length) * Math.exp(-sharpness * squaredApart(rgba, p, q))
  const count = width * height
  const [right, below, diagonal, other] = Array.from({ length: 4 }, () => new Float64Array(count))
  for (let p = 0; p < count; p++) {
    const x = p % width
    const hasBelow = p < count - width
    if (x < width - 1) right[p] = between(p, p + 1, 1)
    if (hasBelow) below[p] = between(p, p + width, 1)
    if (hasBelow && x < width - 1) diagonal[p] = between(p, p + width + 1, Math.SQRT2)
    if (hasBelow && x > 0) other[p] = between(p, p + width - 1, Math.SQRT2)
  }
  return [right, below, diagonal, other]
}

function binOf(rgba: ArrayLike<number>, p: number): number {
  return ((rgba[4 * p] >> 4) * BINS + (rgba[4 * p + 1] >> 4)) * BINS + (rgba[4 * p + 2] >> 4)
}

/** Shares of all bins, a quarter of each given to either neighbour along each channel; none is 0. */
function smoothShares(counts: Float64Array): Float64Array {
  let from = counts
  for (const step of [1, BINS, BINS ** 2]) {
    const to = new Float64Array(from.length)
    for (let bin = 0; bin < from.length; bin++) {
      const place = Math.floor(bin / step) % BINS
      to[bin] += from[bin] / 2
      to[place > 0 ? bin - step : bin] += from[bin] / 4
      to[place < BINS - 1 ? bin + step : bin] += from[bin] / 4
    }
    from = to
  }
  const total = from.reduce((sum, count) => sum + count, 0)
  return from.map((count) => (count + 1 / BINS) / (total + BINS ** 2))
}

function meanColor(rgba: ArrayLike<number>, pixels: readonly number[]): number[] {
  return [0, 1, 2].map(
    (k) => pixels.reduce((sum, p) => sum + rgba[4 * p + k], 0) / Math.max(1, pixels.length),
  )
}

/** Pixels about a place; at least the one that it lies on. */
function disc(x: number, y: number, { width, height }: Size): number[] {
  const found: number[] = []
  for (
    let py = Math.max(0, Math.floor(y) - CLICK_RADIUS);
    py <= Math.min(height - 1, y + CLICK_RADIUS);
    py++
  ) {
    for (
      let px = Math.max(0, Math.floor(x) - CLICK_RADIUS);
      px <= Math.min(width - 1, x + CLICK_RADIUS);
      px++
    ) {
      if (Math.hypot(px + 0.5 - x, py + 0.5 - y) <= CLICK_RADIUS) found.push(py * width + px)
    }
  }
  return found
}

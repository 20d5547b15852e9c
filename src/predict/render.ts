import { extentOf, type PlacedMask } from '../geometry/placed-mask.ts'
import { decodeRle } from '../geometry/rle.ts'
import { type OptionNames, requireKnownOptions } from '../names/known-options.ts'
import { type Color, instanceColor } from './colors.ts'
import type { Instance } from './instance.ts'

/** 8-bit RGB, interleaved, row-major. */
export interface Picture {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/** A text to be drawn with its lower left corner at x, y, by whoever has fonts. */
export interface Label {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly color: Color
}

export interface RenderOptions {
  /** Whole-number magnification. Default: so that the longer side reaches about 1000 pixels, at least 1. */
  readonly magnify?: number
  /** How strongly masks tint the picture, 0 to 1. Default 0.4. */
  readonly opacity?: number
}

const RENDER_OPTIONS: OptionNames<RenderOptions> = { magnify: true, opacity: true }

export interface Overlay extends Picture {
  readonly labels: readonly Label[]
  readonly magnify: number
}

/** The image with every mask tinted and outlined in a colour of its own (boxes where there is no mask), and the labels to write. */
export function renderOverlay(
  image: Picture,
  instances: readonly Instance[],
  options: RenderOptions = {},
): Overlay {
  requireKnownOptions('renderOverlay', options, RENDER_OPTIONS)
  const magnify = options.magnify ?? Math.max(1, Math.round(1000 / Math.max(image.width, image.height)))
  const picture = enlarge(image, magnify)
  const labels: Label[] = []
  for (const [i, instance] of instances.entries()) {
    const color = instanceColor(i)
    const placed = instance.mask?.toPlaced()
    if (placed) tint(picture, placed, color, magnify, options.opacity ?? 0.4)
    else if (!instance.mask)
      outlineBox(
        picture,
        instance.box.map((v) => Math.round(v * magnify)),
        color,
      )
    labels.push({
      text: `${instance.category} ${instance.score.toFixed(2)}`,
      x: Math.round(instance.box[0] * magnify),
      y: Math.round(instance.box[1] * magnify),
      color,
    })
  }
  return { ...picture, labels, magnify }
}

function enlarge({ data, width, height }: Picture, by: number): Picture & { readonly data: Uint8Array } {
  const wide = width * by
  const out = new Uint8Array(wide * height * by * 3)
  for (let y = 0; y < height * by; y++) {
    for (let x = 0; x < wide; x++) {
      const from = (Math.floor(y / by) * width + Math.floor(x / by)) * 3
      const to = (y * wide + x) * 3
      out[to] = data[from]
      out[to + 1] = data[from + 1]
      out[to + 2] = data[from + 2]
    }
  }
  return { data: out, width: wide, height: height * by }
}

/** Tints the pixels of a mask and draws its rim, one screen pixel wide, opaque. */
function tint(picture: Picture, mask: PlacedMask, color: Color, magnify: number, opacity: number): void {
  const [x1, y1, x2, y2] = extentOf(mask)
  const bitmap = decodeRle(mask.rle)
  const inside = (x: number, y: number) => {
    const [column, row] = [Math.floor(x / magnify), Math.floor(y / magnify)]
    const isNear = column >= x1 && column < x2 && row >= y1 && row < y2
    return isNear && bitmap[(row - y1) * (x2 - x1) + column - x1] === 1
  }
  for (let y = y1 * magnify; y < Math.min(y2 * magnify, picture.height); y++) {
    for (let x = x1 * magnify; x < Math.min(x2 * magnify, picture.width); x++) {
      if (!inside(x, y)) continue
      const rim = !(inside(x - 1, y) && inside(x + 1, y) && inside(x, y - 1) && inside(x, y + 1))
      blend(picture, x, y, color, rim ? 1 : opacity)
    }
  }
}

function outlineBox(picture: Picture, [x1, y1, x2, y2]: readonly number[], color: Color): void {
  for (let x = x1; x < x2; x++) for (const y of [y1, y2 - 1]) blend(picture, x, y, color, 1)
  for (let y = y1; y < y2; y++) for (const x of [x1, x2 - 1]) blend(picture, x, y, color, 1)
}

function blend({ data, width, height }: Picture, x: number, y: number, color: Color, opacity: number): void {
  if (x < 0 || y < 0 || x >= width || y >= height) return
  const at = (y * width + x) * 3
  for (let c = 0; c < 3; c++) data[at + c] = Math.round(data[at + c] * (1 - opacity) + color[c] * opacity)
}

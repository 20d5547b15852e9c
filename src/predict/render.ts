import { extentOf, type PlacedMask } from '../geometry/placed-mask.ts'
import { decodeRle } from '../geometry/rle.ts'
import { type OptionNames, requireKnownOptions } from '../names/known-options.ts'
import { type Color, classColor } from './colors.ts'
import type { Instance } from './instance.ts'
import { neighbourColors } from './neighbour-colors.ts'
import { drawSkeleton } from './skeleton.ts'

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
  /** Whole-number magnification. Default: 2 for pictures whose longer side is at most 512 pixels, otherwise 1. */
  readonly magnify?: number
  /** How strongly masks tint the picture, 0 to 1. Default 0.4. */
  readonly opacity?: number
  /**
   * What is written at each instance: its score, its class with the score, or nothing; `auto`, the default, writes the score, and
   * the class where there are several, at instances
   * that are large enough not to be covered by it, where those are at least half. Tracked ones have their number in front, and `auto`
   * leaves their score out.
   */
  readonly labels?: (typeof LABELLINGS)[number]
  /** Whether neighbours have different colours, out of a few (the default), and tracks each its own, or all of a class share one. */
  readonly color?: (typeof COLOURINGS)[number]
  /** Names of classes in the order of their colours, so that pictures agree. Default: those on the picture, by their ids. */
  readonly classes?: readonly string[]
  /** Pixels of the outlines. Default 1, and more for pictures above 2000 pixels. */
  readonly lineWidth?: number
}

export const LABELLINGS = ['auto', 'none', 'score', 'class'] as const
export const COLOURINGS = ['instance', 'class'] as const

/** Longer side, in pixels, up to which pictures are drawn at twice their size. */
const SMALL = 512
/** Longer side, in pixels, for each pixel of an outline. */
const SIDE_OF_LINE = 2000
/** Of the labels: the mean width of a letter, what a plate adds, and its height. */
const LETTER_WIDTH = 7.6
const PLATE_PADDING = 6
const PLATE_HEIGHT = 18

const RENDER_OPTIONS: OptionNames<RenderOptions> = {
  magnify: true,
  opacity: true,
  labels: true,
  color: true,
  classes: true,
  lineWidth: true,
}

export interface Overlay extends Picture {
  readonly labels: readonly Label[]
  readonly magnify: number
}

/**
 * The image with every mask tinted and outlined in a colour that its neighbours lack (boxes where there is no mask), keypoints
 * with their skeleton over it, and the labels to write.
 */
export function renderOverlay(
  image: Picture,
  instances: readonly Instance[],
  options: RenderOptions = {},
): Overlay {
  requireKnownOptions('renderOverlay', options, RENDER_OPTIONS)
  const longer = Math.max(image.width, image.height)
  const { magnify = longer <= SMALL ? 2 : 1, opacity = 0.4, color: colouring = 'instance' } = options
  const { lineWidth = Math.max(1, Math.round((longer * magnify) / SIDE_OF_LINE)) } = options
  const labelOf = labelling(instances, magnify, options.labels ?? 'auto')
  const colors = colouring === 'instance' ? neighbourColors(instances.map(({ box }) => box)) : undefined
  const byId = instances.toSorted((a, b) => a.categoryId - b.categoryId).map(({ category }) => category)
  const classes = [...new Set([...(options.classes ?? []), ...byId])]
  const picture = enlarge(image, magnify)
  const labels: Label[] = []
  for (const [i, instance] of instances.entries()) {
    const color =
      colors === undefined
        ? classColor(classes.indexOf(instance.category))
        : instance.trackId === undefined
          ? colors[i]
          : classColor(instance.trackId - 1)
    const placed = instance.mask?.toPlaced()
    if (placed) tint(picture, placed, color, { magnify, opacity, lineWidth })
    else if (!instance.mask)
      outlineBox(
        picture,
        instance.box.map((v) => Math.round(v * magnify)),
        color,
      )
    const paint = (x: number, y: number, of: Color, share: number) => blend(picture, x, y, of, share)
    drawSkeleton(instance, color, { magnify, lineWidth }, paint)
    const text = labelOf(instance)
    if (text === undefined) continue
    labels.push({
      text,
      x: Math.round(instance.box[0] * magnify),
      y: Math.round(instance.box[1] * magnify),
      color,
    })
  }
  return { ...picture, labels, magnify }
}

/** What to write at an instance, undefined where that is nothing. */
function labelling(
  instances: readonly Instance[],
  magnify: number,
  labels: (typeof LABELLINGS)[number],
): (instance: Instance) => string | undefined {
  if (labels === 'none') return () => undefined
  const hasClasses = new Set(instances.map(({ categoryId }) => categoryId)).size > 1
  const textOf = ({ category, score, trackId }: Instance) =>
    [
      ...(trackId === undefined ? [] : [`#${trackId}`]),
      ...(labels === 'class' || (labels === 'auto' && hasClasses) ? [category] : []),
      ...(trackId === undefined || labels !== 'auto' ? [score.toFixed(2)] : []),
    ].join(' ')
  if (labels !== 'auto') return textOf
  const hasRoom = (instance: Instance) => {
    const [x1, y1, x2, y2] = instance.box.map((at) => at * magnify)
    const plate = textOf(instance).length * LETTER_WIDTH + PLATE_PADDING
    return x2 - x1 >= plate && y2 - y1 >= 2 * PLATE_HEIGHT
  }
  // A few labels among many objects say nothing about the others.
  const roomy = instances.filter(hasRoom)
  const isLabelled = 2 * roomy.length >= instances.length
  return (instance) => (isLabelled && hasRoom(instance) ? textOf(instance) : undefined)
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

/** Tints the pixels of a mask and draws its rim, inside of it, opaque. */
function tint(
  picture: Picture,
  mask: PlacedMask,
  color: Color,
  {
    magnify,
    opacity,
    lineWidth,
  }: { readonly magnify: number; readonly opacity: number; readonly lineWidth: number },
): void {
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
      let rim = false
      for (let by = 1; by <= lineWidth && !rim; by++) {
        rim = !(inside(x - by, y) && inside(x + by, y) && inside(x, y - by) && inside(x, y + by))
      }
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

import { describe, expect, it } from 'vitest'
import type { Click } from './color-cut.ts'
import { refinedMask, refinedWindow } from './refined-mask.ts'
import { decodeRle, encodeRle, type Rle, rleArea } from './rle.ts'

const [WIDTH, HEIGHT] = [160, 120]
const SIZE = { width: WIDTH, height: HEIGHT }
type Color = readonly [number, number, number]
type Part = readonly [isIn: (x: number, y: number) => boolean, color: Color]

const [GREY, RED, BLUE]: Color[] = [
  [120, 120, 120],
  [190, 70, 60],
  [60, 80, 190],
]
const circle = (cx: number, cy: number, r: number) => (x: number, y: number) =>
  Math.hypot(x + 0.5 - cx, y + 0.5 - cy) <= r
const rectangle = (x1: number, y1: number, x2: number, y2: number) => (x: number, y: number) =>
  x >= x1 && x < x2 && y >= y1 && y < y2
const maskOf = (isIn: (x: number, y: number) => boolean): Rle =>
  encodeRle(
    Uint8Array.from({ length: WIDTH * HEIGHT }, (_, p) => (isIn(p % WIDTH, Math.floor(p / WIDTH)) ? 1 : 0)),
    SIZE,
  )

/** Later parts lie on earlier ones, all with noise. */
function picture(...parts: readonly Part[]) {
  let seed = 5
  const noise = () => {
    seed = (seed * 48271) % 2147483647
    return 24 * (seed / 2147483647 - 0.5)
  }
  const color = (x: number, y: number) => parts.findLast(([isIn]) => isIn(x, y))?.[1] ?? GREY
  return (x: number, y: number) => color(x, y).map((value) => Math.round(value + noise()))
}

function refined(mask: Rle, seen: ReturnType<typeof picture>, clicks: readonly Click[], isBox = false): Rle {
  const window = refinedWindow(mask, clicks, SIZE)
  const [x1, y1, x2, y2] = window.box
  const { width, height } = window.looked
  const rgba = new Uint8ClampedArray(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = [x1 + ((x + 0.5) * (x2 - x1)) / width, y1 + ((y + 0.5) * (y2 - y1)) / height]
      rgba.set([...seen(Math.floor(at[0]), Math.floor(at[1])), 255], 4 * (y * width + x))
    }
  }
  return refinedMask(mask, window, rgba, clicks, isBox)
}
/** Intersection over union, pixel by pixel. */
function overlap(a: Rle, b: Rle): number {
  const [one, other] = [decodeRle(a), decodeRle(b)]
  let [both, any] = [0, 0]
  for (let p = 0; p < one.length; p++) {
    both += one[p] & other[p]
    any += one[p] | other[p]
  }
  return both / any
}

describe('refinedMask', () => {
  it('adds the part of an object that was clicked, and no more', () => {
    const blob = circle(70, 60, 25)
    const tip = rectangle(90, 52, 120, 68)
    const seen = picture([blob, RED], [tip, RED], [circle(130, 20, 12), RED])
    const after = refined(maskOf(blob), seen, [{ x: 110, y: 60, isInside: true }])
    expect(
      overlap(
        after,
        maskOf((x, y) => blob(x, y) || tip(x, y)),
      ),
    ).toBeGreaterThan(0.97)
  })

  it('takes away the part that was clicked, of another colour or behind an edge', () => {
    const [own, other] = [rectangle(30, 30, 80, 90), rectangle(80, 30, 115, 90)]
    const seen = picture([own, RED], [other, BLUE])
    const after = refined(
      maskOf((x, y) => own(x, y) || other(x, y)),
      seen,
      [{ x: 100, y: 60, isInside: false }],
    )
    expect(overlap(after, maskOf(own))).toBeGreaterThan(0.97)
    const gap = rectangle(79, 30, 81, 90)
    const alike = picture([own, RED], [other, RED], [gap, GREY])
    const parted = refined(
      maskOf((x, y) => own(x, y) || other(x, y)),
      alike,
      [
        { x: 100, y: 60, isInside: false },
        { x: 50, y: 60, isInside: true },
      ],
    )
    expect(overlap(parted, maskOf(own))).toBeGreaterThan(0.94)
  })

  it('finds what fills a box', () => {
    const blob = circle(80, 60, 30)
    const seen = picture([blob, BLUE], [circle(20, 20, 14), BLUE])
    const after = refined(maskOf(rectangle(46, 26, 114, 94)), seen, [], true)
    expect(overlap(after, maskOf(blob))).toBeGreaterThan(0.97)
  })

  it('leaves what no click is about to the pixel', () => {
    const blob = circle(70, 60, 25)
    const ragged = maskOf((x, y) => blob(x, y) && (x + 2 * y) % 7 > 0 && x < 80)
    const seen = picture([blob, RED])
    const after = refined(ragged, seen, [{ x: 120, y: 100, isInside: false }])
    expect(decodeRle(after)).toEqual(decodeRle(ragged))
  })

  it('says the same each time', () => {
    const [blob, tip] = [circle(70, 60, 25), rectangle(90, 52, 120, 68)]
    const once = () =>
      refined(maskOf(blob), picture([blob, RED], [tip, RED]), [{ x: 110, y: 60, isInside: true }])
    expect(once()).toEqual(once())
    expect(rleArea(once())).toBeGreaterThan(rleArea(maskOf(blob)))
  })
})

describe('refinedWindow', () => {
  it('holds mask and clicks with room around, on the picture, and is looked at smaller where it is large', () => {
    const mask = maskOf(rectangle(100, 40, 140, 60))
    // 40 wide: a margin of 24, at least.
    expect(refinedWindow(mask, [], SIZE)).toEqual({
      box: [76, 16, 160, 84],
      looked: { width: 84, height: 68 },
    })
    const large = { width: 4000, height: 3000 }
    const wide: Rle = { size: [3000, 4000], counts: [0, 3000 * 2000, 3000 * 2000] }
    // 2000 x 3000 with a margin of 1050: 3050 x 3000, of which 256 x 252 are looked at.
    expect(refinedWindow(wide, [], large)).toEqual({
      box: [0, 0, 3050, 3000],
      looked: { width: 256, height: 252 },
    })
  })
})

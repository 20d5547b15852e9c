import { createRequire } from 'node:module'
import sharp from 'sharp'
import type { RawImage } from '../data/picture.ts'

/** A text to write on an image: its lower left corner, and the colour of the plate behind it. */
export interface TextLabel {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly color: readonly [number, number, number]
}

const FONT = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')
const PADDING = 2

type Plate = Awaited<ReturnType<typeof drawPlate>>

/**
 * PNG of the image with its labels written, each on a plate of its colour, moved to stay inside the
 * image and left out where it would cover one already written. The font comes with the package: a
 * machine without fonts draws the same.
 */
export async function encodeLabelled(image: RawImage, labels: readonly TextLabel[]): Promise<Uint8Array> {
  return (await labelled(image, labels, new Map())).png({ compressionLevel: 6 }).toBuffer()
}

/** Writes labels on pictures one after the other, RGB as they come back: a text that comes again in the same colour is drawn once. */
export function labelPainter(): (image: RawImage, labels: readonly TextLabel[]) => Promise<Uint8Array> {
  const drawn = new Map<string, Plate>()
  return async (image, labels) => (await labelled(image, labels, drawn)).removeAlpha().raw().toBuffer()
}

async function labelled(image: RawImage, labels: readonly TextLabel[], drawn: Map<string, Plate>) {
  const plates: (Plate & { readonly left: number; readonly top: number })[] = []
  for (const { text, x, y, color } of labels) {
    const key = `${text}|${color.join()}`
    const plate = drawn.get(key) ?? (await drawPlate(text, color))
    drawn.set(key, plate)
    const { width, height } = plate
    if (width > image.width || height > image.height) continue
    const left = Math.min(Math.max(x, 0), image.width - width)
    const top = Math.min(Math.max(y - height, 0), image.height - height)
    const covers = plates.some(
      (other) =>
        left < other.left + other.width &&
        other.left < left + width &&
        top < other.top + other.height &&
        other.top < top + height,
    )
    if (!covers) plates.push({ ...plate, left, top })
  }
  const { data, width, height, channels = 3 } = image
  const canvas = sharp(data, { raw: { width, height, channels } })
  return canvas.composite(plates.map(({ png, left, top }) => ({ input: png, left, top })))
}

async function drawPlate(text: string, color: readonly [number, number, number]) {
  const dark = 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2] < 140
  const markup = `<span foreground="${dark ? 'white' : 'black'}">${escapeMarkup(text)}</span>`
  const written = await sharp({
    text: { text: markup, font: 'DejaVu Sans 9', fontfile: FONT, rgba: true, dpi: 96 },
  })
    .png()
    .toBuffer()
  const png = await sharp(written)
    .extend({
      top: PADDING,
      bottom: PADDING,
      left: PADDING,
      right: PADDING,
      background: { r: 0, g: 0, b: 0, alpha: 0 },
    })
    .flatten({ background: { r: color[0], g: color[1], b: color[2] } })
    .png()
    .toBuffer({ resolveWithObject: true })
  return { png: png.data, width: png.info.width, height: png.info.height }
}

function escapeMarkup(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

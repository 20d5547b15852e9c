import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { compressRle, encodeRle } from '../../src/geometry/rle.ts'
import { random } from '../../src/tensor/random.ts'

export const WIDTH = 96
export const HEIGHT = 72

// biome-ignore lint/suspicious/noExplicitAny: entries are damaged in every way there is
type Entry = Record<string, any>
export interface Labels {
  images: Entry[]
  annotations: Entry[]
  categories: Entry[]
}

/** Pixels of a picture of soft spots, no two seeds alike, with four bright rectangles. */
function pixels(seed: number): Uint8Array {
  const source = random(seed)
  const spots = Array.from({ length: 7 }, () => [
    source.integer(WIDTH),
    source.integer(HEIGHT),
    40 + source.integer(110),
  ])
  const data = new Uint8Array(WIDTH * HEIGHT * 3)
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)]
    const light = spots.reduce(
      (sum, [cx, cy, v]) => sum + v * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 150),
      0,
    )
    for (let c = 0; c < 3; c++) data[3 * i + c] = Math.min(200, light)
  }
  for (const [x, y] of PLACES) {
    for (let row = y; row < y + 12; row++) data.fill(250, (row * WIDTH + x) * 3, (row * WIDTH + x + 16) * 3)
  }
  return data
}

/** Left upper corners of the objects, 16 x 12 each; the lower third of every picture is free. */
const PLACES = [
  [4, 4],
  [28, 20],
  [52, 4],
  [76, 28],
] as const

export function picture(seed: number) {
  return sharp(pixels(seed), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
}

/** A run-length mask of a rectangle, in a picture. */
export function maskOf(x: number, y: number, width: number, height: number) {
  const inside = (i: number) => {
    const [px, py] = [i % WIDTH, Math.floor(i / WIDTH)]
    return px >= x && px < x + width && py >= y && py < y + height
  }
  return compressRle(
    encodeRle(
      Array.from({ length: WIDTH * HEIGHT }, (_, i) => inside(i)),
      { width: WIDTH, height: HEIGHT },
    ),
  )
}

/** An object of a rectangle, its mask as a polygon. */
export function rectangle(x: number, y: number, width: number, height: number): Entry {
  const segmentation = [[x, y, x + width, y, x + width, y + height, x, y + height]]
  return { category_id: 1, iscrowd: 0, bbox: [x, y, width, height], area: width * height, segmentation }
}

/**
 * A split without a fault: pictures in `folder`, named by `name`, with four objects each; of each picture the last object has a
 * run-length mask, the others polygons. Two categories in turn.
 */
export async function writeCleanSplit(
  folder: string,
  name: string,
  count: number,
  firstSeed: number,
): Promise<Labels> {
  mkdirSync(folder, { recursive: true })
  const images: Entry[] = []
  const annotations: Entry[] = []
  for (let i = 0; i < count; i++) {
    const image = { id: i + 1, file_name: `${name}-${i}.png`, width: WIDTH, height: HEIGHT }
    images.push(image)
    writeFileSync(
      path.join(folder, image.file_name),
      await picture(firstSeed + i)
        .png()
        .toBuffer(),
    )
    for (const [place, [x, y]] of PLACES.entries()) {
      annotations.push({
        ...rectangle(x, y, 16, 12),
        ...(place === 3 && { segmentation: maskOf(x, y, 16, 12) }),
        ...{ id: annotations.length + 1, image_id: image.id, category_id: 1 + (place % 2) },
      })
    }
  }
  return {
    images,
    annotations,
    categories: [
      { id: 1, name: 'cell' },
      { id: 2, name: 'dead cell' },
    ],
  }
}

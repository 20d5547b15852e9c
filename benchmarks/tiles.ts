/**
 * Tiles against the picture as a whole, on large pictures put together from labelled micrographs and on drawn ones, with the
 * bundled model at the same scale; and the memory and time of one very large picture.
 *
 *     npx tsx benchmarks/tiles.ts seams IMAGES ANNOTATIONS [PICTURES] [SIDE]
 *     npx tsx benchmarks/tiles.ts large IMAGES WIDTH HEIGHT [MODEL]
 *
 * `seams` tells AP (masks, COCO's IoU thresholds, all detections) of both ways, how many instances score 0.5, and how many of
 * them lie for three quarters in another: counted twice. Figures: docs/benchmarks.md.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { peakBytes } from '../src/cli/bench/peak-memory.ts'
import type { Annotation, Dataset } from '../src/data/dataset.ts'
import { annotationToRle } from '../src/data/dataset.ts'
import type { ImageReader } from '../src/data/image-reading.ts'
import type { RgbImage } from '../src/data/picture.ts'
import { figuresOf } from '../src/evaluation/category-table.ts'
import { evaluateCoco } from '../src/evaluation/coco-metric.ts'
import { parseCoco } from '../src/formats/coco/coco.ts'
import { extentOf, type PlacedMask, placeMask, sharedArea, spreadMask } from '../src/geometry/placed-mask.ts'
import { rleArea, rleToBox } from '../src/geometry/rle.ts'
import { Detector } from '../src/index.node.ts'
import { decodeImage } from '../src/node/decode-image.ts'
import { BoxGrid } from '../src/predict/box-grid.ts'
import { foundResult } from '../src/predict/detect-dataset.ts'
import { comparedResults } from '../src/predict/evaluate-model.ts'
import type { Instance } from '../src/predict/instance.ts'
import { random } from '../src/tensor/random.ts'
import { argumentsOr } from './usage.ts'

/** Of the pictures; up to 2048 the bundled model sees them as they are. */
const SIDE = Number(process.argv[6] ?? 1536)
const CATEGORY = { id: 1, name: 'nucleus' }

interface Picture {
  readonly name: string
  readonly pixels: RgbImage
  readonly masks: readonly PlacedMask[]
}

/** Micrographs of one kind (nuclei bright on dark) in random order on shelves until the picture is full. */
async function mosaic(dataset: Dataset, folder: string, seed: number): Promise<Picture> {
  const { integer } = random(seed)
  const data = new Uint8Array(3 * SIDE * SIDE)
  const masks: PlacedMask[] = []
  for (let top = 0; top < SIDE; ) {
    let high = 0
    for (let left = 0; left < SIDE; ) {
      const fitting = dataset.images.filter(
        ({ width, height }) => left + width <= SIDE && top + height <= SIDE,
      )
      if (fitting.length === 0) break
      const image = fitting[integer(fitting.length)]
      paste(await decodeImage(join(folder, image.fileName)), data, left, top)
      for (const annotation of dataset.annotations.get(image.id) ?? []) {
        const mask = placeMask(annotationToRle(annotation, image)!, left, top)
        if (mask) masks.push(mask)
      }
      left += image.width
      high = Math.max(high, image.height)
    }
    if (high === 0) break
    top += high
  }
  return { name: `mosaic ${seed}`, pixels: { data, width: SIDE, height: SIDE }, masks }
}

/** One kind, because norms over the whole picture make a model see each part by what the others are like. */
async function darkOnes(dataset: Dataset, folder: string): Promise<Dataset> {
  const brightness = await Promise.all(
    dataset.images.map(async ({ fileName }) => {
      const { data } = await decodeImage(join(folder, fileName))
      return data.reduce((sum, value) => sum + value, 0) / data.length
    }),
  )
  return { ...dataset, images: dataset.images.filter((_, i) => brightness[i] < 40) }
}

function paste({ data, width, height }: RgbImage, into: Uint8Array, left: number, top: number): void {
  for (let y = 0; y < height; y++) {
    into.set(data.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((top + y) * SIDE + left))
  }
}

/** Bright ellipses that keep off each other, on a dark and noisy ground. */
function drawn(seed: number): Picture {
  const { uniform, normal, integer } = random(seed)
  const owner = new Uint32Array(SIDE * SIDE)
  const grey = Float32Array.from({ length: SIDE * SIDE }, () => 18 + 4 * normal())
  const masks: PlacedMask[] = []
  for (let tries = 0; tries < SIDE; tries++) {
    const [x, y, a, b] = [integer(SIDE), integer(SIDE), 10 + 14 * uniform(), 8 + 10 * uniform()]
    const [turn, light] = [Math.PI * uniform(), 70 + 120 * uniform()]
    const reach = Math.ceil(Math.max(a, b))
    const inside: number[] = []
    for (let py = Math.max(0, y - reach); py < Math.min(SIDE, y + reach); py++) {
      for (let px = Math.max(0, x - reach); px < Math.min(SIDE, x + reach); px++) {
        const u = (px - x) * Math.cos(turn) + (py - y) * Math.sin(turn)
        const v = (py - y) * Math.cos(turn) - (px - x) * Math.sin(turn)
        if ((u / a) ** 2 + (v / b) ** 2 < 1) inside.push(py * SIDE + px)
      }
    }
    if (inside.length < 50 || inside.some((at) => owner[at] > 0)) continue
    for (const at of inside) {
      owner[at] = masks.length + 1
      grey[at] = light + 8 * normal()
    }
    masks.push(placedPixels(inside))
  }
  const data = new Uint8Array(3 * SIDE * SIDE)
  for (let i = 0; i < grey.length; i++)
    data.fill(Math.min(255, Math.max(0, Math.round(grey[i]))), 3 * i, 3 * i + 3)
  return { name: `drawn ${seed}`, pixels: { data, width: SIDE, height: SIDE }, masks }
}

function placedPixels(pixels: readonly number[]): PlacedMask {
  const ordered = pixels.map((at) => (at % SIDE) * SIDE + Math.floor(at / SIDE)).sort((a, b) => a - b)
  const counts: number[] = []
  let end = 0
  for (const at of ordered) {
    if (at === end && counts.length > 0) counts[counts.length - 1]++
    else counts.push(at - end, 1)
    end = at + 1
  }
  return placeMask({ size: [SIDE, SIDE], counts: [...counts, SIDE * SIDE - end] })!
}

function datasetOf({ masks }: Picture): Dataset {
  const annotations = masks.map((mask, i): Annotation => {
    const segmentation = spreadMask(mask, { width: SIDE, height: SIDE })
    const [box, area] = [rleToBox(segmentation), rleArea(segmentation)]
    return { ...{ id: i + 1, imageId: 1, categoryId: CATEGORY.id, isCrowd: false }, box, area, segmentation }
  })
  return {
    images: [{ id: 1, fileName: '', width: SIDE, height: SIDE }],
    annotations: new Map([[1, annotations]]),
    categories: [CATEGORY],
  }
}

function apOf(groundTruth: Dataset, instances: readonly Instance[]): number {
  const found = instances.map((instance, i) => foundResult(1, instance, i + 1))
  const results = comparedResults(found, 'segm')
  const params = { maxDetections: [1, 10, 100, 10_000] }
  return figuresOf(evaluateCoco({ groundTruth, results, iouType: 'segm', params })).AP
}

/** Instances of at least 0.5 that lie for three quarters in a better one. */
function countedTwice(instances: readonly Instance[]): number {
  const grid = new BoxGrid<PlacedMask>(32)
  let twice = 0
  for (const { mask } of instances) {
    const placed = mask?.toPlaced()
    if (!placed) continue
    const box = extentOf(placed)
    const area = rleArea(placed.rle)
    const within = [...grid.meeting(box)].some(
      (other) => sharedArea(placed, other) >= 0.75 * Math.min(area, rleArea(other.rle)),
    )
    if (within) twice++
    grid.add(box, placed)
  }
  return twice
}

async function seams(folder: string, annotations: string, count: number): Promise<void> {
  const dataset = await darkOnes(
    parseCoco(JSON.parse(readFileSync(annotations, 'utf8')), annotations),
    folder,
  )
  const detector = await Detector.load('nuclei', { max: 1500 })
  const differences: number[] = []
  console.log('picture     objects    AP whole  tiles   | found whole  tiles | twice whole  tiles')
  for (let i = 0; i < 2 * count; i++) {
    const seed = Math.floor(i / 2) + 1
    const picture = i % 2 ? await mosaic(dataset, folder, seed) : drawn(seed)
    const truth = datasetOf(picture)
    const ways = []
    for (const tile of ['off', 640] as const) {
      const { instances } = await detector.detect(picture.pixels, { score: 0.01, tile })
      const sure = instances.filter(({ score }) => score >= 0.5)
      ways.push({ ap: apOf(truth, instances), found: sure.length, twice: countedTwice(sure) })
    }
    const [whole, tiles] = ways
    differences.push(tiles.ap - whole.ap)
    console.log(
      `${picture.name.padEnd(12)} ${picture.masks.length}`.padEnd(24),
      `${whole.ap.toFixed(4)}  ${tiles.ap.toFixed(4)} | ${whole.found}  ${tiles.found} | ${whole.twice}  ${tiles.twice}`,
    )
  }
  const mean = differences.reduce((a, b) => a + b, 0) / differences.length
  const range = [Math.min(...differences), Math.max(...differences)].map((value) => value.toFixed(4))
  console.log(`tiles - whole: mean ${mean.toFixed(4)}, from ${range.join(' to ')}`)
  await detector.dispose()
}

/** Micrographs side by side without end: a picture of any size in the memory of a few. */
async function endless(folder: string, width: number, height: number): Promise<ImageReader> {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.png'))
    .slice(0, 60)
  const all = await Promise.all(names.map((name) => decodeImage(join(folder, name))))
  const squares = all.filter((image) => image.width >= 256 && image.height >= 256)
  return {
    ...{ width, height, notes: [], close: async () => {} },
    read: async (region) => {
      const data = new Uint8Array(3 * region.width * region.height)
      for (let y = 0; y < region.height; y++) {
        const py = region.top + y
        for (let x = 0; x < region.width; ) {
          const px = region.left + x
          const image = squares[(Math.floor(py / 256) * 7919 + Math.floor(px / 256)) % squares.length]
          const length = Math.min(256 - (px % 256), region.width - x)
          const at = 3 * ((py % 256) * image.width + (px % 256))
          data.set(image.data.subarray(at, at + 3 * length), 3 * (y * region.width + x))
          x += length
        }
      }
      return { data, width: region.width, height: region.height }
    },
  }
}

async function large(folder: string, width: number, height: number, model: string): Promise<void> {
  const detector = await Detector.load(model)
  const started = performance.now()
  const { instances, notes } = await detector.detect(await endless(folder, width, height), {
    onTile: (done, tiles) => done % 50 === 0 && console.error(`${done}/${tiles} ${peak()}`),
  })
  console.log(
    `${width}x${height}: ${instances.length} instances, ${Math.round((performance.now() - started) / 1000)} s, ${peak()}`,
  )
  for (const note of notes) console.log(note)
  let length = 0
  for (const { mask } of instances) length += mask?.toRle().counts.length ?? 0
  console.log(`all masks as text: ${(length / 1e6).toFixed(1)} MB, ${peak()}`)
  await detector.dispose()
}

function peak(): string {
  return `peak memory ${(peakBytes() / 2 ** 20).toFixed(0)} MiB`
}

const [kind, folder, ...rest] = argumentsOr(
  'tiles.ts seams IMAGES ANNOTATIONS [PICTURES] [SIDE]   or   tiles.ts large IMAGES WIDTH HEIGHT [MODEL]',
  3,
)
if (kind === 'seams') await seams(folder, rest[0], Number(rest[1] ?? 10))
else await large(folder, Number(rest[0]), Number(rest[1]), rest[2] ?? 'nuclei')

/**
 * Draws a small data set with known truth for keypoints: stick figures that face us, with a left and a right, on noise with stray
 * lines and discs; masks and boxes beside their seven keypoints.
 *
 *     npx tsx benchmarks/stick-figures.ts FOLDER
 *
 * Writes images, `train.json` (160 images) and `val.json` (40) there; the same files every time. configs/keypoints.ts trains on
 * them. A keypoint that a figure in front hides has visibility 1.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compressRle, encodeRle, rleToBox } from '../src/geometry/rle.ts'
import { encodePng } from '../src/node/decode-image.ts'
import { type Random, random } from '../src/tensor/random.ts'
import { argumentsOr } from './usage.ts'

const SIDE = 160
const SPLITS = { train: 160, val: 40 } as const
/** The least that two figures may lie apart, in parts of their heights together. */
const APART = 0.33

const NAMES = ['head', 'neck', 'left_hand', 'right_hand', 'hip', 'left_foot', 'right_foot'] as const
/** Counted from 1. */
const SKELETON = [
  [1, 2],
  [2, 3],
  [2, 4],
  [2, 5],
  [5, 6],
  [5, 7],
] as const
const CATEGORY = { id: 1, name: 'figure', keypoints: NAMES, skeleton: SKELETON }

type Point = readonly [x: number, y: number]
type Color = readonly number[]

interface Figure {
  readonly points: readonly Point[]
  readonly middle: Point
  readonly height: number
  readonly color: Color
}

/** Somewhere, of some size, leaning to some side; as it faces us, its left is on our right. */
function drawFigure({ uniform }: Random, color: Color): Figure {
  const between = (from: number, to: number) => from + uniform() * (to - from)
  const height = between(50, 105)
  const lean = between(-0.6, 0.6)
  const shape: Point[] = [
    [0, -0.4],
    [0, -0.25],
    [between(0.15, 0.35), between(-0.45, 0.1)],
    [-between(0.15, 0.35), between(-0.45, 0.1)],
    [0, 0.1],
    [between(0.06, 0.28), between(0.42, 0.5)],
    [-between(0.06, 0.28), between(0.42, 0.5)],
  ]
  const room = 0.55 * height
  const middle = [between(room, SIDE - room), between(room, SIDE - room)] as const
  const points = shape.map(([x, y]): Point => {
    const [across, down] = [x * height, y * height]
    return [
      middle[0] + across * Math.cos(lean) - down * Math.sin(lean),
      middle[1] + across * Math.sin(lean) + down * Math.cos(lean),
    ]
  })
  return { points, middle, height, color }
}

/** Whether the middle of a pixel is within `reach` of the line between two points. */
function isNear(x: number, y: number, [x1, y1]: Point, [x2, y2]: Point, reach: number): boolean {
  const [dx, dy] = [x2 - x1, y2 - y1]
  const squared = dx * dx + dy * dy
  const along = squared === 0 ? 0 : Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / squared))
  return Math.hypot(x - x1 - along * dx, y - y1 - along * dy) <= reach
}

function covers({ points, height }: Figure, x: number, y: number): boolean {
  const [head] = points
  if (isNear(x, y, head, head, 0.1 * height)) return true
  return SKELETON.some(([a, b]) => isNear(x, y, points[a - 1], points[b - 1], 0.035 * height))
}

function drawImage(chance: Random) {
  const { uniform, integer } = chance
  const bright = () => [0, 1, 2].map(() => 90 + integer(166))
  const dull = () => [0, 1, 2].map(() => integer(90))
  const data = new Uint8Array(3 * SIDE * SIDE)
  const ground = dull()
  for (let i = 0; i < data.length; i++) data[i] = ground[i % 3] + integer(30)
  const paint = (isInside: (x: number, y: number) => boolean, color: Color, owner?: number) => {
    for (let i = 0; i < SIDE * SIDE; i++) {
      if (!isInside((i % SIDE) + 0.5, Math.floor(i / SIDE) + 0.5)) continue
      data.set(
        color.map((value) => Math.min(255, value + integer(20))),
        3 * i,
      )
      if (owner !== undefined) owners[i] = owner
    }
  }
  const owners = new Int8Array(SIDE * SIDE).fill(-1)
  const somewhere = (): Point => [uniform() * SIDE, uniform() * SIDE]
  for (let stray = 0; stray < 5; stray++) {
    const from = somewhere()
    const to = stray < 3 ? somewhere() : from
    const reach = stray < 3 ? 2 : 4 + integer(6)
    paint((x, y) => isNear(x, y, from, to, reach), bright())
  }
  const figures: Figure[] = []
  const wanted = 1 + integer(3)
  for (let tries = 0; figures.length < wanted && tries < 60; tries++) {
    const figure = drawFigure(chance, bright())
    const isFree = figures.every(({ middle, height }) => {
      const apart = Math.hypot(middle[0] - figure.middle[0], middle[1] - figure.middle[1])
      return apart >= APART * (height + figure.height)
    })
    if (isFree) figures.push(figure)
  }
  for (const [i, figure] of figures.entries()) paint((x, y) => covers(figure, x, y), figure.color, i)
  return { data, figures, owners }
}

function annotationOf({ points }: Figure, index: number, owners: Int8Array) {
  const rle = encodeRle(
    Array.from(owners, (owner) => (owner === index ? 1 : 0)),
    { width: SIDE, height: SIDE },
  )
  const [x1, y1, x2, y2] = rleToBox(rle)
  const keypoints = points.flatMap(([x, y]) => {
    const owner = owners[Math.floor(y) * SIDE + Math.floor(x)]
    return [Math.round(x * 100) / 100, Math.round(y * 100) / 100, owner === index ? 2 : 1]
  })
  return {
    ...{ category_id: CATEGORY.id, iscrowd: 0, bbox: [x1, y1, x2 - x1, y2 - y1] },
    ...{ area: owners.filter((owner) => owner === index).length, segmentation: compressRle(rle) },
    ...{ keypoints, num_keypoints: points.length },
  }
}

async function drawSplit(folder: string, name: keyof typeof SPLITS, seed: number): Promise<void> {
  const images: object[] = []
  const annotations: object[] = []
  for (let i = 0; i < SPLITS[name]; i++) {
    const { data, figures, owners } = drawImage(random(seed, i))
    const image = { id: i + 1, file_name: `${name}-${i + 1}.png`, width: SIDE, height: SIDE }
    writeFileSync(join(folder, image.file_name), await encodePng({ data, width: SIDE, height: SIDE }))
    images.push(image)
    figures.forEach((figure, index) => {
      const id = annotations.length + 1
      annotations.push({ id, image_id: image.id, ...annotationOf(figure, index, owners) })
    })
  }
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ images, annotations, categories: [CATEGORY] }))
  console.log(`${name}: ${images.length} images, ${annotations.length} figures`)
}

const [folder] = argumentsOr('stick-figures.ts FOLDER', 1)
mkdirSync(folder, { recursive: true })
await drawSplit(folder, 'train', 1)
await drawSplit(folder, 'val', 2)

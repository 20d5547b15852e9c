/** Moving blobs whose identities are known, and what a detector with faults would find of them. */

import type { TrackedFrame } from '../src/evaluation/track-metrics.ts'
import { type Box, boxIou } from '../src/geometry/boxes.ts'
import { extentOf, type PlacedMask, placeMask, sharedArea } from '../src/geometry/placed-mask.ts'
import { encodeRle, rleArea } from '../src/geometry/rle.ts'
import { type Random, random } from '../src/tensor/random.ts'
import { Tracker, type TrackerOptions } from '../src/tracking/tracker.ts'

export interface Scenario {
  readonly name: string
  readonly objects: number
  readonly frames?: number
  /** Pixels a frame, at most; half of it at least. Objects are 16 to 40 pixels wide, the picture 320 x 240. */
  readonly speed?: number
  /** Standard deviation of the change of velocity, pixels a frame. */
  readonly wander?: number
  /** Share of objects that the detector does not see, frame by frame. */
  readonly misses?: number
  /** Mean number of things a frame that the detector sees and are not there. */
  readonly falseFinds?: number
  /** Standard deviation of place and size of what is found, as a share of the object's size. */
  readonly jitter?: number
  /** Width of pillars, behind which objects vanish. */
  readonly pillars?: number
  /** Objects pass through one another, instead of keeping to themselves by rows. */
  readonly crossing?: boolean
  /** Every how many frames one is taken. */
  readonly every?: number
}

const [WIDTH, HEIGHT] = [320, 240]
/** Share of an object that must be seen for it to be in the truth, and to be found. */
const LEAST_SEEN = 0.2

interface Blob {
  readonly id: number
  x: number
  y: number
  vx: number
  vy: number
  readonly rx: number
  readonly ry: number
}

interface Object {
  readonly id: number
  readonly mask: PlacedMask
}
interface Find {
  readonly box: Box
  readonly score: number
  readonly mask: { toPlaced(): PlacedMask }
}
export interface SceneFrame {
  readonly truth: readonly Object[]
  readonly found: readonly Find[]
}

export function* scene(scenario: Scenario, seed: number): Generator<SceneFrame> {
  const { objects, frames = 120, speed = 3, wander = 0, crossing = false, every = 1 } = scenario
  const draw = random(seed, 77)
  const blobs: Blob[] = Array.from({ length: objects }, (_, id) => {
    const pace = speed * (0.5 + 0.5 * draw.uniform())
    const angle = 2 * Math.PI * draw.uniform()
    const [rx, ry] = [8 + 12 * draw.uniform(), 8 + 12 * draw.uniform()]
    const row = ((id + 0.5) * HEIGHT) / objects
    return {
      ...{
        id: id + 1,
        rx: crossing ? rx : Math.min(rx, 12),
        ry: crossing ? ry : Math.min(ry, HEIGHT / objects / 2 - 1),
      },
      x: 20 + (WIDTH - 40) * draw.uniform(),
      y: crossing ? 20 + (HEIGHT - 40) * draw.uniform() : row,
      vx: crossing ? pace * Math.cos(angle) : pace * (draw.uniform() < 0.5 ? -1 : 1),
      vy: crossing ? pace * Math.sin(angle) : 0,
    }
  })
  for (let frame = 0; frame < frames; frame++) {
    if (frame % every === 0) yield look(blobs, scenario, draw)
    for (const blob of blobs) {
      blob.vx += wander * draw.normal()
      if (crossing) blob.vy += wander * draw.normal()
      const pace = Math.hypot(blob.vx, blob.vy)
      const kept = Math.min(Math.max(pace, speed / 2), speed) / Math.max(pace, 1e-9)
      blob.vx *= kept
      blob.vy *= kept
      if (blob.x + blob.vx < 0 || blob.x + blob.vx > WIDTH) blob.vx *= -1
      if (blob.y + blob.vy < 0 || blob.y + blob.vy > HEIGHT) blob.vy *= -1
      blob.x += blob.vx
      blob.y += blob.vy
    }
  }
}

function look(
  blobs: readonly Blob[],
  { misses = 0, falseFinds = 0, jitter = 0, pillars = 0 }: Scenario,
  draw: Random,
): SceneFrame {
  // Later ones lie over earlier ones, pillars over all.
  const owner = new Int16Array(WIDTH * HEIGHT)
  for (const blob of blobs)
    paint(blob, (at) => {
      owner[at] = blob.id
    })
  for (const middle of [WIDTH / 3, (2 * WIDTH) / 3]) {
    for (let x = Math.round(middle - pillars / 2); x < middle + pillars / 2; x++) {
      for (let y = 0; y < HEIGHT; y++) owner[y * WIDTH + x] = -1
    }
  }
  const truth: Object[] = []
  const found: Find[] = []
  for (const blob of blobs) {
    const window = around(blob.x, blob.y, blob.rx, blob.ry)
    const mask = cut(window, (x, y) => owner[y * WIDTH + x] === blob.id)
    const share = (mask ? rleArea(mask.rle) : 0) / (Math.PI * blob.rx * blob.ry)
    const isMissed = draw.uniform() < misses
    const [dx, dy, scale] = [draw.normal(), draw.normal(), Math.exp(jitter * draw.normal())]
    const score = 0.55 + 0.45 * draw.uniform()
    if (!mask || share < LEAST_SEEN) continue
    truth.push({ id: blob.id, mask })
    if (isMissed) continue
    const [left, top] = [jitter * 2 * blob.rx * dx, jitter * 2 * blob.ry * dy]
    const isSeen = (x: number, y: number) => {
      const column = Math.round(blob.x + (x - blob.x - left) / scale)
      const row = Math.round(blob.y + (y - blob.y - top) / scale)
      return (
        column >= 0 && column < WIDTH && row >= 0 && row < HEIGHT && owner[row * WIDTH + column] === blob.id
      )
    }
    const seen = cut(around(blob.x + left, blob.y + top, blob.rx * scale, blob.ry * scale), isSeen)
    // Half an object is a doubtful one.
    if (seen) found.push(findOf(seen, share < 0.6 ? score * share : score))
  }
  for (let left = falseFinds; left > 0; left--) {
    if (draw.uniform() >= left) continue
    const ghost = {
      id: 0,
      x: WIDTH * draw.uniform(),
      y: HEIGHT * draw.uniform(),
      rx: 6 + 12 * draw.uniform(),
      ry: 6 + 12 * draw.uniform(),
      vx: 0,
      vy: 0,
    }
    const pixels = new Set<number>()
    paint(ghost, (at) => pixels.add(at))
    const mask = cut(around(ghost.x, ghost.y, ghost.rx, ghost.ry), (x, y) => pixels.has(y * WIDTH + x))
    if (mask) found.push(findOf(mask, 0.3 + 0.4 * draw.uniform()))
  }
  return { truth, found }
}

function findOf(mask: PlacedMask, score: number): Find {
  return { box: extentOf(mask), score, mask: { toPlaced: () => mask } }
}

function around(x: number, y: number, rx: number, ry: number): Box {
  return [
    Math.max(0, Math.floor(x - rx - 1)),
    Math.max(0, Math.floor(y - ry - 1)),
    Math.min(WIDTH, Math.ceil(x + rx + 2)),
    Math.min(HEIGHT, Math.ceil(y + ry + 2)),
  ]
}

function paint({ x, y, rx, ry }: Blob, set: (at: number) => void): void {
  const [x1, y1, x2, y2] = around(x, y, rx, ry)
  for (let row = y1; row < y2; row++) {
    for (let column = x1; column < x2; column++) {
      if (((column + 0.5 - x) / rx) ** 2 + ((row + 0.5 - y) / ry) ** 2 <= 1) set(row * WIDTH + column)
    }
  }
}

function cut([x1, y1, x2, y2]: Box, isInside: (x: number, y: number) => boolean): PlacedMask | undefined {
  if (x2 <= x1 || y2 <= y1) return undefined
  const [width, height] = [x2 - x1, y2 - y1]
  const bitmap = Uint8Array.from({ length: width * height }, (_, i) =>
    isInside(x1 + (i % width), y1 + Math.floor(i / width)) ? 1 : 0,
  )
  return placeMask(encodeRle(bitmap, { width, height }), x1, y1)
}

/** What a tracker makes of a scene, beside the truth; tracks that were not confirmed are left out. */
export function trackedScene(scenario: Scenario, seed: number, options: TrackerOptions = {}): TrackedFrame[] {
  const tracker = new Tracker(options)
  const frames = [...scene(scenario, seed)].map(({ truth, found }) => ({
    truth,
    tracked: tracker.update(found),
  }))
  return frames.map(({ truth, tracked }) =>
    compared(
      truth,
      tracked.filter(({ trackId }) => tracker.isConfirmed(trackId)),
    ),
  )
}

function compared(
  truth: readonly Object[],
  tracked: readonly (Find & { readonly trackId: number })[],
): TrackedFrame {
  const similarity = truth.flatMap(({ mask }) => tracked.map((find) => maskIou(mask, find.mask.toPlaced())))
  return { truth: truth.map(({ id }) => id), predicted: tracked.map(({ trackId }) => trackId), similarity }
}

function maskIou(a: PlacedMask, b: PlacedMask): number {
  if (boxIou(extentOf(a), extentOf(b)) === 0) return 0
  const shared = sharedArea(a, b)
  return shared / (rleArea(a.rle) + rleArea(b.rle) - shared)
}

const FAULTS = { misses: 0.1, falseFinds: 0.5, jitter: 0.03 }

/** From easy to hard. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'apart, all found', objects: 8 },
  { name: 'apart, a tenth missed, false finds, jitter', objects: 8, ...FAULTS },
  { name: 'hidden for 5 to 10 frames behind pillars', objects: 8, pillars: 26, jitter: 0.03 },
  { name: 'hidden, a tenth missed, false finds', objects: 8, pillars: 26, ...FAULTS },
  { name: 'crossing, all found', objects: 12, crossing: true, jitter: 0.03 },
  { name: 'crossing, a tenth missed, false finds', objects: 12, crossing: true, ...FAULTS },
  {
    name: 'mixed: crossing, wandering, pillars, all faults',
    objects: 10,
    crossing: true,
    wander: 0.2,
    pillars: 18,
    ...FAULTS,
  },
  {
    name: 'crowded: 30 that cross and wander, all faults',
    objects: 30,
    crossing: true,
    wander: 0.3,
    ...FAULTS,
  },
  {
    name: 'every 4th frame: up to 16 pixels a step',
    objects: 8,
    crossing: true,
    speed: 4,
    frames: 480,
    every: 4,
    jitter: 0.03,
  },
  { name: 'turning at will (wander 1)', objects: 12, crossing: true, wander: 1, speed: 5, ...FAULTS },
]

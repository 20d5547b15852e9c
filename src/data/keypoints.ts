/** Keypoints of training: which are learned, and how they move with their image. */
import { ConfigError, DataError, type ErrorParts } from '../errors.ts'
import type { Size } from '../geometry/boxes.ts'
import type { Category } from './dataset.ts'

/** Keypoints of one object of a sample. */
export interface SampleKeypoints {
  /**
   * x y v of each, in pixels of the sample's image, positions on the continuous plane: v is 0 not labelled (x and y are 0 then),
   * 1 hidden, 2 visible.
   */
  readonly points: readonly number[]
  /** What each becomes in a mirror: the place of its other side, or its own. */
  readonly mirror: readonly number[]
}

/** Which keypoints are learned; plain data. */
export interface KeypointPlan {
  /** Keypoints of an object: one number for all categories that have any. */
  readonly count: number
  /** By id of a category with keypoints: see `SampleKeypoints.mirror`. */
  readonly mirrors: ReadonlyMap<number, readonly number[]>
}

/** Names of two keypoints that are each other's mirror image. */
export type FlipPair = readonly [string, string]

export interface KeypointPlanOptions {
  /** Instead of what the names say; pairs hold in each category that has both names. */
  readonly flipPairs?: readonly FlipPair[]
  /** Whether mirrors are looked into at all. */
  readonly isFlipped?: boolean
}

/**
 * The keypoints of a data set's categories. The other side of one is known by name: `left_eye` and `right_eye`, `LEye` and
 * `REye`; those without a side are their own. Throws `DataError`, naming `where`, for categories without keypoints or with
 * different numbers of them, and, where samples are flipped, for a left without its right; `ConfigError` for pairs that no
 * category has.
 */
export function keypointPlan(
  categories: readonly Category[],
  where: string,
  { flipPairs, isFlipped = true }: KeypointPlanOptions = {},
): KeypointPlan {
  const named = categories.filter(({ keypoints = [] }) => keypoints.length > 0)
  const count = keypointCount(named, where)
  if (flipPairs) requireKnownPairs(flipPairs, named)
  const mirrors = named.map(({ id, name, keypoints = [] }) => {
    const mirror = flipPairs ? mirrorOfPairs(keypoints, flipPairs) : mirrorByName(keypoints)
    if (isFlipped && !flipPairs) requireBothSides(keypoints, mirror, `${where}: category ${name}`)
    return [id, mirror] as const
  })
  return { count, mirrors: new Map(mirrors) }
}

function keypointCount(named: readonly Category[], where: string): number {
  if (named.length === 0) {
    throw new DataError('no category has keypoints', {
      where,
      expected: '"keypoints" of a category: the name of each',
      hint: 'Add them, or train a model without keypoints, such as mask-rcnn',
    })
  }
  return oneKeypointCount(named, {
    where,
    expected: 'one number, since a model has one head for all',
    hint: 'Train a model for each',
  })!
}

/** Keypoints that each category with any has; undefined where none has. Throws `DataError` where they differ, saying why one is needed. */
export function oneKeypointCount(
  categories: readonly Category[],
  why: Pick<ErrorParts, 'where' | 'expected' | 'hint'>,
): number | undefined {
  const named = categories.filter(({ keypoints = [] }) => keypoints.length > 0)
  const counts = new Set(named.map(({ keypoints = [] }) => keypoints.length))
  const [count] = counts
  if (counts.size <= 1) return count
  const got = named.map(({ name, keypoints = [] }) => `${name} ${keypoints.length}`).join(', ')
  throw new DataError('categories have different numbers of keypoints', { ...why, got })
}

function mirrorOfPairs(names: readonly string[], pairs: readonly FlipPair[]): number[] {
  const mirror = names.map((_, i) => i)
  for (const [a, b] of pairs) {
    const [i, j] = [names.indexOf(a), names.indexOf(b)]
    if (i < 0 || j < 0) continue
    mirror[i] = j
    mirror[j] = i
  }
  return mirror
}

/** What each keypoint becomes in a mirror, as its name says: the place of its other side, or its own. */
export function mirrorByName(names: readonly string[]): number[] {
  const known = new Map(names.map((name, i) => [wordsOf(name).join(' '), i]))
  return names.map((name, i) => {
    const words = wordsOf(name)
    if (!words.some((word) => OTHER_SIDE.has(word))) return i
    return known.get(words.map((word) => OTHER_SIDE.get(word) ?? word).join(' ')) ?? i
  })
}

const OTHER_SIDE: ReadonlyMap<string, string> = new Map([
  ['left', 'right'],
  ['right', 'left'],
  ['l', 'r'],
  ['r', 'l'],
])

/** `left_eye`, `Left Eye` and `leftEye` are left and eye; `LEye` is l and eye. */
function wordsOf(name: string): string[] {
  const apart = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
  return apart
    .toLowerCase()
    .split(/[\s_\-.:/]+/)
    .filter((word) => word !== '')
}

function requireBothSides(names: readonly string[], mirror: readonly number[], where: string): void {
  const alone = names.find(
    (name, i) =>
      // Two of one name cannot both be the other side of a third.
      mirror[mirror[i]] !== i ||
      (mirror[i] === i && wordsOf(name).some((word) => word === 'left' || word === 'right')),
  )
  if (alone === undefined) return
  throw new DataError('a keypoint of one side lacks its other side', {
    where,
    expected: `the mirror image of ${alone}`,
    got: names.join(', '),
    hint: 'Name the pairs (augment.flipPairs; an empty list where mirrors change no sides), or train without flips',
  })
}

function requireKnownPairs(pairs: readonly FlipPair[], named: readonly Category[]): void {
  const used = new Set<string>()
  for (const pair of pairs) {
    const isKnown = named.some(({ keypoints = [] }) => pair.every((name) => keypoints.includes(name)))
    const again = pair.find((name) => used.has(name))
    if (isKnown && pair[0] !== pair[1] && again === undefined) {
      for (const name of pair) used.add(name)
      continue
    }
    throw new ConfigError(
      isKnown ? 'a keypoint can have one other side' : 'no category has both keypoints of a pair',
      {
        where: 'augment.flipPairs',
        expected: `pairs of ${[...new Set(named.flatMap(({ keypoints = [] }) => keypoints))].join(', ')}`,
        got: pair.join(' and '),
      },
    )
  }
}

/** Keypoints where `move` takes them, in an image of `size`; outside of it, borders included, they are not labelled. */
export function moveKeypoints(
  { points, mirror }: SampleKeypoints,
  { width, height }: Size,
  move: (x: number, y: number) => readonly [number, number],
): SampleKeypoints {
  const moved: number[] = []
  for (let i = 0; i < points.length; i += 3) {
    const [x, y] = move(points[i], points[i + 1])
    const isSeen = points[i + 2] > 0 && x >= 0 && y >= 0 && x <= width && y <= height
    moved.push(...(isSeen ? [x, y, points[i + 2]] : [0, 0, 0]))
  }
  return { points: moved, mirror }
}

/** Each keypoint under the name that it has in a mirror. */
export function swapSides({ points, mirror }: SampleKeypoints): SampleKeypoints {
  return { points: mirror.flatMap((from) => points.slice(3 * from, 3 * from + 3)), mirror }
}

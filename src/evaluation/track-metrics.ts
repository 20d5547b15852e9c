import { ShapeError } from '../errors.ts'
import { assignPairs } from '../geometry/assignment.ts'

/** Objects of one frame: whose they are in truth, whose a tracker takes them for, and how well they agree. */
export interface TrackedFrame {
  /** Identity of each of G true objects; no two alike. */
  readonly truth: readonly number[]
  /** Track of each of P predicted ones; no two alike. */
  readonly predicted: readonly number[]
  /** Similarity, such as the IoU of masks, row-major `[G, P]`. */
  readonly similarity: ArrayLike<number>
}

/** Identity metrics; ratios are 0 where nothing is counted below the line. */
export interface IdentityMetrics {
  /** Objects of frames whose track is that of their identity, under the best pairing of identities and tracks over the whole. */
  readonly idtp: number
  /** Predicted objects that are not. */
  readonly idfp: number
  /** True objects that are not. */
  readonly idfn: number
  /** IDTP / (IDTP + IDFP). */
  readonly idPrecision: number
  /** IDTP / (IDTP + IDFN). */
  readonly idRecall: number
  /** 2 IDTP / (2 IDTP + IDFP + IDFN). */
  readonly idf1: number
}

/** CLEAR MOT's counts. */
export interface ClearMetrics {
  readonly truePositives: number
  readonly falsePositives: number
  readonly falseNegatives: number
  /** Times that an object is found by another track than when it was last found. */
  readonly idSwitches: number
  /** 1 - (FN + FP + switches) / true objects; negative where there are more errors than objects, 0 where there are none. */
  readonly mota: number
}

/**
 * IDF1 and what it is made of (Ristani et al. 2016, arXiv:1609.01775): each identity is paired with at most one track, so that as
 * many objects of frames as possible agree, which they do from the similarity `threshold` on. Throws `ShapeError` for a similarity
 * of another shape, or a frame that has a track or an identity twice.
 */
export function identityMetrics(frames: readonly TrackedFrame[], threshold = 0.5): IdentityMetrics {
  const [rowOf, columnOf] = [new Map<number, number>(), new Map<number, number>()]
  const agreements: (readonly [row: number, column: number])[] = []
  let [all, found] = [0, 0]
  for (const frame of frames) {
    checkFrame(frame)
    const { truth, predicted, similarity } = frame
    const rows = truth.map((id) => placeOf(rowOf, id))
    const columns = predicted.map((id) => placeOf(columnOf, id))
    rows.forEach((row, g) => {
      columns.forEach((column, p) => {
        if (similarity[g * columns.length + p] >= threshold) agreements.push([row, column])
      })
    })
    all += truth.length
    found += predicted.length
  }
  const shared = new Float64Array(rowOf.size * columnOf.size)
  for (const [row, column] of agreements) shared[row * columnOf.size + column]++
  const idtp = assignPairs(shared, rowOf.size, columnOf.size).reduce(
    (sum, [row, column]) => sum + shared[row * columnOf.size + column],
    0,
  )
  return {
    idtp,
    idfp: found - idtp,
    idfn: all - idtp,
    idPrecision: found > 0 ? idtp / found : 0,
    idRecall: all > 0 ? idtp / all : 0,
    idf1: all + found > 0 ? (2 * idtp) / (all + found) : 0,
  }
}

/**
 * MOTA and what it is made of (Bernardin and Stiefelhagen 2008): frame by frame, objects stay with the track that last found them
 * while their similarity is at least `threshold`; the others are paired so that as many as possible are, and of such pairings by the
 * largest similarity. Throws as `identityMetrics` does.
 */
export function clearMetrics(frames: readonly TrackedFrame[], threshold = 0.5): ClearMetrics {
  const lastTrack = new Map<number, number>()
  let [truePositives, falsePositives, falseNegatives, idSwitches] = [0, 0, 0, 0]
  for (const frame of frames) {
    checkFrame(frame)
    const { truth, predicted, similarity } = frame
    const worths = new Float64Array(truth.length * predicted.length)
    truth.forEach((id, g) => {
      predicted.forEach((track, p) => {
        const at = g * predicted.length + p
        if (!(similarity[at] >= threshold)) return
        // More than all pairs of a frame that do not go on, which are worth at most 2 each.
        const goesOn = lastTrack.get(id) === track ? 4 * (truth.length + predicted.length) : 0
        worths[at] = 1 + Math.min(similarity[at], 1) / (truth.length + 1) + goesOn
      })
    })
    const pairs = assignPairs(worths, truth.length, predicted.length)
    for (const [g, p] of pairs) {
      const before = lastTrack.get(truth[g])
      if (before !== undefined && before !== predicted[p]) idSwitches++
      lastTrack.set(truth[g], predicted[p])
    }
    truePositives += pairs.length
    falsePositives += predicted.length - pairs.length
    falseNegatives += truth.length - pairs.length
  }
  const objects = truePositives + falseNegatives
  const errors = falseNegatives + falsePositives + idSwitches
  return {
    ...{ truePositives, falsePositives, falseNegatives, idSwitches },
    mota: objects > 0 ? 1 - errors / objects : 0,
  }
}

function placeOf(places: Map<number, number>, id: number): number {
  const place = places.get(id) ?? places.size
  places.set(id, place)
  return place
}

function checkFrame({ truth, predicted, similarity }: TrackedFrame): void {
  const expected = truth.length * predicted.length
  if (similarity.length !== expected) {
    throw new ShapeError('similarities do not fit the objects of their frame', {
      expected: `${expected} for [${truth.length}, ${predicted.length}]`,
      got: `${similarity.length}`,
    })
  }
  for (const [what, ids] of [
    ['identity', truth],
    ['track', predicted],
  ] as const) {
    const twice = ids.find((id, i) => ids.indexOf(id) !== i)
    if (twice !== undefined) {
      throw new ShapeError(`a frame has one ${what} twice`, { expected: 'each once', got: `${twice}` })
    }
  }
}

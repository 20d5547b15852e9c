import { ConfigError } from '../errors.ts'
import { assignPairs } from '../geometry/assignment.ts'
import { type OptionNames, requireKnownOptions } from '../names/known-options.ts'
import { type Shape, shapeOf, sizeOf, type Trackable } from './shape.ts'
import { Track } from './track.ts'

export interface TrackerOptions {
  /** Objects of this score and above begin tracks. Default 0.5. */
  readonly score?: number
  /** Objects below `score`, and of this score and above, continue tracks and begin none. Default 0.1, or `score` where that is less. */
  readonly lowScore?: number
  /** Frames that a track outlives the last sight of its object; 0 to 10,000. Default 30. */
  readonly lost?: number
  /** Frames in which an object must be seen one after the other for its track to be confirmed; 1 confirms all at once. Default 2. */
  readonly confirm?: number
}

export const TRACKER_OPTIONS: OptionNames<TrackerOptions> = {
  score: true,
  lowScore: true,
  lost: true,
  confirm: true,
}

/** An object with the track it belongs to. */
export type Tracked<T> = T & { readonly trackId: number }

/** Least similarity with a track where it is expected, of objects of high and of low score. */
const [LEAST, LEAST_WEAK] = [0.25, 0.1]
/** How far from where a track is expected an object without overlap may be, in sizes of the object: more for each frame it is lost. */
const [REACH, REACH_A_FRAME, FARTHEST] = [1, 0.1, 2]
/** Of the smaller area to the larger, where nothing overlaps. */
const LEAST_AREA_RATIO = 0.6

/**
 * Gives the objects of one frame after the other numbers that stay: tracking by association.
 *
 * After ByteTrack (Zhang et al. 2022, arXiv:2110.06864): objects of high score are paired with all confirmed tracks first, those of
 * low score then with what is left of the tracks; only high scores begin tracks; a track is on probation until its object is seen
 * again; a track that loses its object is kept for a while; motion is a Kalman filter of constant velocity.
 *
 * What differs: similarity is the IoU of masks, that of the track moved to where it is expected (of boxes where there are no masks).
 * Only centres move; sizes are not filtered. A track is also compared as it was before it was partly hidden, and a partly hidden
 * object moves its track only as far as the part that is seen asks for. Objects of low score may continue tracks that were lost
 * longer ago than a frame. What overlaps no track may continue one near by, of about its area.
 * Appearance plays no part, nor do the direction term and the straightened motion of OC-SORT (Cao et al. 2023, arXiv:2203.14360):
 * they changed nothing once masks were moved.
 */
export class Tracker {
  readonly #options: Required<TrackerOptions>
  #tracks: Track[] = []
  #lastId = 0
  #frames = 0
  readonly #confirmed = new Set<number>()

  /** Throws `ConfigError` for options that do not exist or have impossible values. */
  constructor(options: TrackerOptions = {}) {
    requireKnownOptions('Tracker', options, TRACKER_OPTIONS)
    const { score = 0.5, lowScore = Math.min(0.1, score), lost = 30, confirm = 2 } = options
    const isCount = (value: number, least: number) =>
      Number.isInteger(value) && value >= least && value <= 10_000
    if (!(score >= 0 && score <= 1)) throw wrong('score', 'a number from 0 to 1', score)
    if (!(lowScore >= 0 && lowScore <= score))
      throw wrong('lowScore', `a number from 0 to ${score}`, lowScore)
    if (!isCount(lost, 0)) throw wrong('lost', 'a whole number from 0 to 10000', lost)
    if (!isCount(confirm, 1)) throw wrong('confirm', 'a whole number from 1 to 10000', confirm)
    this.#options = { score, lowScore, lost, confirm }
  }

  /**
   * The objects of the next frame that belong to a track, in their order, each with the track's number, from 1 on and never given
   * twice. Left out are objects of low score that continue no track. Some tracks are dropped before they are confirmed, so numbers
   * may be missing: `isConfirmed` tells.
   */
  update<T extends Trackable>(objects: readonly T[]): Tracked<T>[] {
    const { score, lowScore, lost, confirm } = this.#options
    const shapes = objects.map(shapeOf)
    const trackOf = new Array<Track | undefined>(objects.length)
    for (const track of this.#tracks) track.predict()

    const strong = () => free((of) => of >= score)
    const weak = () => free((of) => of >= lowScore && of < score)
    const free = (isWanted: (score: number) => boolean) =>
      [...objects.keys()].filter((i) => !trackOf[i] && isWanted(objects[i].score))
    const pair = (isWanted: (track: Track) => boolean, among: readonly number[], worth: Worth) => {
      const tracks = this.#tracks.filter((track) => track.lost > 0 && isWanted(track))
      const worths = new Float64Array(tracks.length * among.length)
      tracks.forEach((track, t) => {
        among.forEach((i, o) => {
          if (track.categoryId === objects[i].categoryId)
            worths[t * among.length + o] = worth(track, shapes[i])
        })
      })
      for (const [t, o] of assignPairs(worths, tracks.length, among.length)) {
        tracks[t].observe(shapes[among[o]])
        trackOf[among[o]] = tracks[t]
      }
    }
    const isConfirmed = ({ id }: Track) => this.#confirmed.has(id)
    const isOnProbation = (track: Track) => !isConfirmed(track)
    pair(isConfirmed, strong(), byOverlap(LEAST))
    pair(isConfirmed, weak(), byOverlap(LEAST_WEAK))
    pair((track) => isConfirmed(track) && track.lost > 1, weak(), whereExpected)
    pair(isConfirmed, strong(), nearby)
    pair(isOnProbation, strong(), byOverlap(LEAST))
    pair(isOnProbation, strong(), nearby)

    for (const i of strong()) {
      const track = new Track(++this.#lastId, shapes[i], objects[i].categoryId)
      this.#tracks.push(track)
      trackOf[i] = track
    }
    // What is there from the start is no surprise: ByteTrack's exception for the first frame.
    const enough = this.#frames++ === 0 ? 1 : confirm
    for (const track of this.#tracks) if (track.hits >= enough) this.#confirmed.add(track.id)
    this.#tracks = this.#tracks.filter((track) => track.lost <= (isConfirmed(track) ? lost : 0))
    return objects.flatMap((object, i) => {
      const track = trackOf[i]
      return track ? [{ ...object, trackId: track.id }] : []
    })
  }

  /** Whether the object of a track was seen often enough; once it was, it stays so. */
  isConfirmed(trackId: number): boolean {
    return this.#confirmed.has(trackId)
  }

  /** Whether the next frame may confirm a track that is not confirmed yet. */
  isOnProbation(trackId: number): boolean {
    return !this.#confirmed.has(trackId) && this.#tracks.some(({ id }) => id === trackId)
  }
}

/** What pairing a track with a shape is worth; nothing at 0 and below. */
type Worth = (track: Track, shape: Shape) => number

function byOverlap(least: number): Worth {
  return (track, shape) => track.similarityTo(shape) - least
}

/** For parts of objects that come into sight again. */
const whereExpected: Worth = (track, shape) => 1 - track.surprise(shape) / track.size

/** For what moves farther than it is wide, and what has changed its way unseen. */
const nearby: Worth = (track, shape) => {
  const away = Math.min(track.surprise(shape), track.wayFromLast(shape))
  const sizes = Math.min(REACH + REACH_A_FRAME * (track.lost - 1), FARTHEST)
  const ratio = Math.min(shape.area, track.usualArea) / Math.max(shape.area, track.usualArea, 1)
  return ratio < LEAST_AREA_RATIO ? 0 : 1 - away / (sizes * Math.max(track.size, sizeOf(shape)))
}

function wrong(where: string, expected: string, got: unknown): ConfigError {
  return new ConfigError('option is wrong', { where, expected, got: `${got}` })
}

import type { RawImage } from '../data/picture.ts'
import { type OptionNames, requireKnownOptions } from '../names/known-options.ts'
import { TRACKER_OPTIONS, Tracker, type TrackerOptions } from '../tracking/tracker.ts'
import type { DetectOptions, Detector, Found } from './detector.ts'
import type { Instance } from './instance.ts'

export interface TrackOptions
  extends TrackerOptions,
    Pick<DetectOptions, 'score' | 'max' | 'signal' | 'tile' | 'overlap' | 'tta'> {}

export const TRACK_OPTIONS: OptionNames<TrackOptions> = {
  ...TRACKER_OPTIONS,
  max: true,
  signal: true,
  tile: true,
  overlap: true,
  tta: true,
}

/** An instance that knows of which track it is. */
export type TrackedInstance = Instance & { readonly trackId: number }

/** What is found in one frame. */
export interface FoundTracks<Frame> extends Omit<Found<Frame>, 'image' | 'instances'> {
  readonly frame: Frame
  readonly instances: readonly TrackedInstance[]
}

/**
 * Finds objects in one frame after the other and gives them numbers that stay (`Tracker`, whose options these are too). Frames that
 * follow are decoded and looked at while one is in use, no more than the detector has threads for, and come in their order. A frame is
 * held back until it is known whether what is new in it stays: with `confirm` 2 for one frame. Throws as `detectAll` does.
 */
export async function* trackFrames<Frame extends RawImage>(
  detector: Pick<Detector<never>, 'detectAll'>,
  frames: Iterable<Frame> | AsyncIterable<Frame>,
  options: TrackOptions = {},
): AsyncGenerator<FoundTracks<Frame>, void, undefined> {
  requireKnownOptions('trackFrames', options, TRACK_OPTIONS)
  const { lost, confirm, score = 0.5, lowScore = Math.min(0.1, score), ...looking } = options
  const tracker = new Tracker({ score, lowScore, lost, confirm })
  const held: FoundTracks<Frame>[] = []
  const confirmed = (found: FoundTracks<Frame>, isKept: (trackId: number) => boolean) => ({
    ...found,
    instances: found.instances.filter(({ trackId }) => isKept(trackId)),
  })
  const isKnown = ({ instances }: FoundTracks<Frame>) =>
    !instances.some(({ trackId }) => tracker.isOnProbation(trackId))
  for await (const found of detector.detectAll(frames, { ...looking, score: lowScore })) {
    const { image: frame, instances, ...rest } = found
    held.push({ ...rest, frame, instances: tracker.update(instances) })
    while (held.length > 0 && isKnown(held[0])) {
      yield confirmed(held.shift()!, (trackId) => tracker.isConfirmed(trackId))
    }
  }
  // What was new in the last frames has had no time to stay.
  const isKept = (trackId: number) => tracker.isConfirmed(trackId) || tracker.isOnProbation(trackId)
  for (const found of held) yield confirmed(found, isKept)
}

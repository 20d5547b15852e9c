/** Segments videos, and writes for each an overlay video and what was found. */
import { basename, join } from 'node:path'
import { DataError } from '../errors.ts'
import { makeFolder } from '../node/files.ts'
import { nodePlatform } from '../node/platform.ts'
import { openVideo, type Video, type VideoFrame } from '../node/video/open-video.ts'
import { isLive } from '../node/video/video-source.ts'
import { type Detector, loadDetector } from '../predict/detector.ts'
import { imageNames } from '../predict/image-names.ts'
import type { Instance } from '../predict/instance.ts'
import type { RenderOptions } from '../predict/render.ts'
import { trackFrames } from '../predict/track-frames.ts'
import { videoJson } from '../predict/video-json.ts'
import { sayChosen } from './chosen-model.ts'
import { sharedAmong, workersFor } from './chosen-workers.ts'
import type { ImageOptions, PredictFilesOptions } from './predict-files.ts'
import { requireNoneReplaced } from './predict-output.ts'
import { printLine, printPart, say } from './print.ts'
import { startProgress } from './progress.ts'
import { type DocumentPart, openVideoOutput, partialName, type VideoOutput } from './video-output.ts'

export interface PredictVideosOptions
  extends Pick<ImageOptions, 'score' | 'max' | 'tile' | 'overlap' | 'tta'>,
    Pick<PredictFilesOptions, 'model' | 'device' | 'threads' | 'workers' | 'out'> {
  readonly every: number
  /** Seconds. */
  readonly from?: number
  readonly to?: number
  /** Whether objects get numbers that stay. */
  readonly track: boolean
  /** Frames that a track outlives the last sight of its object. */
  readonly lost?: number
  readonly overlay?: RenderOptions
  /** Whether one document of all videos goes to stdout, instead of a file for each. */
  readonly json?: boolean
}

/** Frames of a video are always many. */
const MANY_FRAMES = 1000

/**
 * Segments one video after the other. A video that cannot be read, or not to its end, does not stop the others: what was read of it is
 * kept, and told at the end. An interruption keeps what was done. Throws `ConfigError`, before anything starts, where a file
 * among the videos would be replaced.
 */
export async function predictVideos(
  sources: readonly string[],
  options: PredictVideosOptions,
  signal: AbortSignal,
): Promise<void> {
  const { model, device, threads, max, out, overlay, json } = options
  const stems = imageNames(sources)
  const endings = [...(overlay ? ['.mp4'] : []), ...(json ? [] : ['.json'])]
  const names = [...stems, ...stems.map(partialName)].flatMap((stem) =>
    endings.map((ending) => stem + ending),
  )
  await requireNoneReplaced(
    sources.filter((source) => !isLive(source)),
    out,
    names,
  )
  if (names.length > 0) await makeFolder(out)
  const workers = workersFor(MANY_FRAMES, options)
  const loading = { device, threads, max, ...sharedAmong(workers), onProgress: sayChosen }
  const detector = await loadDetector(nodePlatform, model, loading)
  const shared = json ? videoJson(model, detector.categories) : undefined
  const failures: DataError[] = []
  try {
    if (shared) await printPart(shared.begin)
    for (const [i, source] of sources.entries()) {
      const work = { detector, options, signal, place: join(out, stems[i]) }
      try {
        await predictVideo(source, shared && { ...shared, write: printPart }, work)
      } catch (error) {
        if (!(error instanceof DataError)) throw error
        failures.push(error)
      }
    }
  } finally {
    if (shared) await printPart(shared.end())
    await detector.dispose()
  }
  if (failures.length === 0) return
  if (failures.length === 1) throw failures[0]
  for (const { message } of failures) say(message)
  throw new DataError(`${failures.length} of ${sources.length} videos could not be segmented to their end`)
}

interface VideoWork {
  readonly detector: Detector<never>
  readonly options: PredictVideosOptions
  readonly signal: AbortSignal
  /** Path of what is written, without an ending. */
  readonly place: string
}

/** One video from file to files. */
async function predictVideo(
  source: string,
  document: DocumentPart | undefined,
  work: VideoWork,
): Promise<void> {
  const { detector, options, signal, place } = work
  const { every, from, to, overlay, model } = options
  const video = await openVideo(source, { every, from, to, signal })
  const expected = Math.round((video.duration ?? 0) * (video.frameRate ?? 0))
  const progress = startProgress(expected, 'frames')
  const output = await openVideoOutput(place, {
    ...{ video, name: basename(source), model, overlay, document },
    categories: detector.categories,
  })
  const counts = new VideoCounts()
  const notes = new Set<string>()
  let isWhole = false
  try {
    for await (const found of foundIn(video, work)) {
      for (const note of found.notes) {
        if (!notes.has(note)) say(`${source}: ${note}`)
        notes.add(note)
      }
      await output.add(found.frame, found.instances)
      counts.add(found.instances, found.milliseconds)
      progress.step(counts.frames, basename(source))
    }
    isWhole = true
  } finally {
    progress.end()
    await video.frames.return()
    const all = [...video.notes(), ...notes]
    for (const note of video.notes()) say(`${source}: ${note}`)
    await finishOutput(output, { source, notes: all, counts, isWhole: isWhole || isLive(source) })
  }
  if (!options.json) printLine(counts.line(basename(source), options.track))
}

async function finishOutput(
  output: VideoOutput,
  {
    source,
    notes,
    counts,
    isWhole,
  }: {
    readonly source: string
    readonly notes: readonly string[]
    readonly counts: VideoCounts
    readonly isWhole: boolean
  },
): Promise<void> {
  if (counts.frames === 0) return output.discard()
  const files = await output.finish(notes, isWhole)
  const kept = isWhole ? '' : `, with the ${counts.frames} frames of ${source} that were done`
  if (files.length > 0) say(`${files.join(' and ')} ${files.length > 1 ? 'are' : 'is'} written${kept}`)
}

interface FoundInFrame {
  readonly frame: VideoFrame
  readonly instances: readonly Instance[]
  readonly notes: readonly string[]
  readonly milliseconds: number
}

/** What is found frame by frame, with numbers of tracks where they are wanted. */
async function* foundIn(
  video: Video,
  { detector, options, signal }: VideoWork,
): AsyncGenerator<FoundInFrame> {
  const { score, max, tile, overlap, tta, track, lost } = options
  const looking = { score, max, tile, overlap, tta, signal }
  if (track) return yield* trackFrames(detector, video.frames, { ...looking, lost })
  for await (const { image: frame, ...found } of detector.detectAll(video.frames, looking)) {
    yield { ...found, frame }
  }
}

/** What a line tells of a video. */
class VideoCounts {
  frames = 0
  #milliseconds = 0
  readonly #objects = new Map<string, number>()
  readonly #tracks = new Map<string, Set<number>>()

  add(instances: readonly Instance[], milliseconds: number): void {
    this.frames++
    this.#milliseconds += milliseconds
    for (const { category, trackId } of instances) {
      this.#objects.set(category, (this.#objects.get(category) ?? 0) + 1)
      if (trackId === undefined) continue
      this.#tracks.set(category, (this.#tracks.get(category) ?? new Set()).add(trackId))
    }
  }

  /** `clip.mp4: 120 frames, 14 nucleus (12.3 a frame), 82 ms a frame`. */
  line(name: string, isTracked: boolean): string {
    const found = [...this.#objects].map(([category, count]) => {
      const each = `${(count / this.frames).toFixed(1)} a frame`
      return isTracked ? `${this.#tracks.get(category)?.size} ${category} (${each})` : `${category} ${each}`
    })
    const time = Math.round(this.#milliseconds / this.frames)
    return `${name}: ${this.frames} frames, ${found.join(', ') || 'nothing found'}, ${time} ms a frame`
  }
}

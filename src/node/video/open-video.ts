import type { RawImage } from '../../data/picture.ts'
import { ConfigError, DataError } from '../../errors.ts'
import { type OptionNames, requireKnownOptions } from '../../names/known-options.ts'
import { type FfmpegProcess, startFfmpeg } from './ffmpeg-process.ts'
import { ppmFrames } from './ppm-frames.ts'
import { sourceArguments } from './video-source.ts'

export interface VideoOptions {
  /** Takes every n-th frame. Default 1: all. */
  readonly every?: number
  /** Seconds from the start of the video where reading begins. Default 0. */
  readonly from?: number
  /** Seconds from the start of the video where it ends. Default: the end. */
  readonly to?: number
  readonly signal?: AbortSignal
}

export const VIDEO_OPTIONS: OptionNames<VideoOptions> = { every: true, from: true, to: true, signal: true }

/** One picture of a video: RGB. */
export interface VideoFrame extends RawImage {
  readonly data: Uint8Array
  readonly channels: 3
  /** Which frame of those from `from` on it is, from 0: with `every` 5 they are 0, 5, 10. */
  readonly index: number
  /** When it is shown, in seconds from the start of the video. */
  readonly time: number
}

/** A video that is being read. */
export interface Video {
  /** Pixels of its frames, turned as the file says. */
  readonly width: number
  readonly height: number
  /** Frames a second of those that are taken, where the file says so. */
  readonly frameRate?: number
  /** Seconds of what is read, where the file says so. */
  readonly duration?: number
  /** Its frames, once. To leave them early ends ffmpeg. */
  readonly frames: AsyncGenerator<VideoFrame, void, undefined>
  /** What ffmpeg complained of so far, a sentence without a full stop: complete once the frames have ended. */
  notes(): string[]
}

/**
 * Reads a video with the ffmpeg of the machine: a file, or a camera (`isVideoSource`). Frames are decoded as they are taken, a few
 * ahead, and have the times that the file gives them, also where they are uneven. Frames throw `DataError` where ffmpeg ends with an
 * error, once those before were given; what it could mend is among the notes. An abort ends ffmpeg and rejects with the
 * signal's reason. Throws `DataError` where there is no ffmpeg, no file, or no video in it, and `ConfigError` for impossible options.
 */
export async function openVideo(source: string, options: VideoOptions = {}): Promise<Video> {
  requireKnownOptions('openVideo', options, VIDEO_OPTIONS)
  const { every = 1, from = 0, to, signal } = options
  checkOptions(every, from, to)
  const input = [
    '-nostdin',
    ...(from > 0 ? ['-ss', `${from}`] : []),
    ...(to !== undefined ? ['-t', `${to - from}`] : []),
    ...(await sourceArguments(source)),
  ]
  const { process, said, frames, first } = await started(source, input, PASSTHROUGH, { every, from, signal })
  if (first.done) {
    throw new DataError('video has no frame to read', {
      where: source,
      ...(from > 0 && { hint: `It may end before ${from} s` }),
    })
  }
  const { width, height } = first.value
  const whole = said.duration === undefined ? undefined : Math.min(said.duration, to ?? said.duration)
  return {
    width,
    height,
    ...(said.frameRate && { frameRate: said.frameRate / every }),
    ...(whole !== undefined && { duration: Math.max(0, whole - from) }),
    frames: resumed(first.value, frames),
    notes: () => [...new Set(process.errors)].slice(0, 1).map((error) => complaint(error, process)),
  }
}

/** What has ffmpeg neither repeat nor drop frames: its name since 5.1, and the one before. */
const PASSTHROUGH = ['-fps_mode', '-vsync']

async function started(
  source: string,
  input: readonly string[],
  [passthrough, ...older]: readonly string[],
  options: Required<Pick<VideoOptions, 'every' | 'from'>> & VideoOptions,
) {
  const { every, signal } = options
  const said = new SaidOfFrames()
  const process = await startFfmpeg(
    [
      ...input,
      ...['-map', '0:V:0', '-vf', `select=not(mod(n\\,${every})),showinfo`, passthrough, 'passthrough'],
      ...['-f', 'image2pipe', '-c:v', 'ppm', '-pix_fmt', 'rgb24', 'pipe:1'],
    ],
    { signal, onLine: (line) => said.take(line) },
  )
  process.stdin.end()
  process.ended.then(() => said.end())
  const frames = timedFrames(process, said, { source, ...options })
  try {
    return { process, said, frames, first: await frames.next() }
  } catch (error) {
    const isOlder = process.errors.some((line) =>
      line.includes(`Unrecognized option '${passthrough.slice(1)}'`),
    )
    if (isOlder && older.length > 0) return started(source, input, older, options)
    throw error
  }
}

function complaint(error: string, { errors }: FfmpegProcess): string {
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : ''
  return `ffmpeg found damage in the video: ${error}${more}`
}

async function* resumed(
  first: VideoFrame,
  rest: AsyncGenerator<VideoFrame>,
): AsyncGenerator<VideoFrame, void> {
  try {
    yield first
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

async function* timedFrames(
  process: FfmpegProcess,
  said: SaidOfFrames,
  {
    source,
    every,
    from,
    signal,
  }: {
    readonly source: string
    readonly every: number
    readonly from: number
    readonly signal?: AbortSignal
  },
): AsyncGenerator<VideoFrame> {
  let count = 0
  try {
    for await (const { data, width, height } of ppmFrames(process.stdout)) {
      const time = await said.nextTime()
      signal?.throwIfAborted()
      if (time === undefined)
        throw new DataError('ffmpeg does not say when a frame is shown', { where: source })
      yield { data, width, height, channels: 3, index: count++ * every, time: microseconds(from + time) }
    }
    const code = await process.ended
    signal?.throwIfAborted()
    if (code === 0) return
    const reason = process.errors.at(-1)?.replace(`file:${source}: `, '') ?? `ffmpeg ended with ${code}`
    if (count > 0) throw new DataError(`video breaks off after ${count} frames: ${reason}`, { where: source })
    throw new DataError(`not a video that ffmpeg can read: ${reason}`, { where: source })
  } finally {
    process.kill()
    await process.ended
  }
}

/** Without the last bits of a sum, which no clock of a video has. */
function microseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6
}

/** What ffmpeg says of a video and its frames, a line each, before it gives them. */
class SaidOfFrames {
  duration: number | undefined
  frameRate: number | undefined
  readonly #times: number[] = []
  #isOver = false
  #wake: (() => void) | undefined

  take(line: string): void {
    const [, hours, minutes, seconds] = /^\[info\] {3}Duration: (\d+):(\d+):([\d.]+)/.exec(line) ?? []
    if (hours !== undefined) {
      this.duration ??= Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
      return
    }
    if (!line.startsWith('[Parsed_showinfo')) return
    const [, frames, of] = /config in .*frame_rate: (\d+)\/(\d+)/.exec(line) ?? []
    const rate = Number(frames) / Number(of)
    // Streams that do not know theirs say the ticks of their clock.
    if (rate > 0 && rate <= 1000) this.frameRate = rate
    const [, time] = /\] n: *\d+ pts:.* pts_time:(-?[\d.]+)/.exec(line) ?? []
    if (time === undefined) return
    this.#times.push(Number(time))
    this.#wake?.()
  }

  end(): void {
    this.#isOver = true
    this.#wake?.()
  }

  /** Seconds of the next frame; undefined where ffmpeg has ended without. */
  async nextTime(): Promise<number | undefined> {
    while (this.#times.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#times.shift()
  }
}

function checkOptions(every: number, from: number, to: number | undefined): void {
  const refuse = (where: string, expected: string, got: unknown) => {
    throw new ConfigError('option is wrong', { where, expected, got: `${got}` })
  }
  if (!(Number.isSafeInteger(every) && every >= 1)) refuse('every', 'a whole number of at least 1', every)
  if (!(from >= 0 && from < Number.POSITIVE_INFINITY)) refuse('from', 'seconds of at least 0', from)
  if (to !== undefined && !(to > from && to < Number.POSITIVE_INFINITY))
    refuse('to', `seconds after ${from}`, to)
}

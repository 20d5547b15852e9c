import { once } from 'node:events'
import { rename } from 'node:fs/promises'
import { DataError } from '../../errors.ts'
import { reasonOf } from '../system-reasons.ts'
import { holdTemporary, releaseTemporary, removeTemporary } from '../temporary-files.ts'
import { type FfmpegProcess, startFfmpeg } from './ffmpeg-process.ts'

/** Frames a second where a video does not say its own. */
const USUAL_RATE = 25
const FASTEST_RATE = 240

export interface VideoWriter {
  /** H.264 or, where the ffmpeg of the machine has no libx264, MPEG-4 Part 2. */
  readonly codec: 'H.264' | 'MPEG-4 Part 2'
  /**
   * Adds a picture, shown from `time` seconds on, at the size of the first: RGB. Waits while ffmpeg has enough to do. Throws `DataError`
   * where ffmpeg has ended.
   */
  write(data: Uint8Array, time: number): Promise<void>
  /** Puts the file in its place, or where `path` says. Throws `DataError` where that fails; the file is removed then. */
  finish(path?: string): Promise<void>
  /** Leaves no file. */
  discard(): Promise<void>
}

/**
 * Encodes pictures as an MP4 file with the ffmpeg of the machine, without sound. The rate is constant: a picture is repeated until the time
 * of the next, and left out where that comes in the same frame. Odd sides get a row or column of black, which the codecs ask for.
 */
export async function openVideoWriter(
  path: string,
  {
    width,
    height,
    frameRate = USUAL_RATE,
  }: { readonly width: number; readonly height: number; readonly frameRate?: number },
): Promise<VideoWriter> {
  const codec = (await encoders()).has('libx264') ? 'H.264' : 'MPEG-4 Part 2'
  const temporary = await holdTemporary(path)
  const rate = Math.min(frameRate, FASTEST_RATE)
  const process = await startFfmpeg([
    ...[
      '-f',
      'rawvideo',
      '-pix_fmt',
      'rgb24',
      '-s',
      `${width}x${height}`,
      '-framerate',
      `${rate}`,
      '-i',
      'pipe:0',
    ],
    ...['-vf', 'pad=ceil(iw/2)*2:ceil(ih/2)*2', '-pix_fmt', 'yuv420p'],
    ...(codec === 'H.264'
      ? ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20']
      : ['-c:v', 'mpeg4', '-q:v', '3']),
    ...['-movflags', '+faststart', '-f', 'mp4', '-y', `file:${temporary}`],
  ]).catch(async (error) => {
    await removeTemporary(temporary)
    throw error
  })
  process.stdout.resume()
  let start: number | undefined
  let written = 0
  let waiting: Uint8Array | undefined
  const failed = () =>
    new DataError(`cannot write the video: ${process.errors.at(-1) ?? 'ffmpeg has ended'}`, { where: path })
  const put = async (data: Uint8Array) => {
    written++
    if (process.stdin.write(data)) return
    const code = await Promise.race([
      once(process.stdin, 'drain').then(
        () => undefined,
        () => -1,
      ),
      process.ended,
    ])
    if (code !== undefined) throw failed()
  }
  const discard = async () => {
    process.kill()
    await process.ended
    await removeTemporary(temporary)
  }
  return {
    codec,
    discard,
    async write(data, time) {
      start ??= time
      const until = Math.round((time - start) * rate)
      while (waiting && written < until) await put(waiting)
      waiting = data
    },
    async finish(place = path) {
      try {
        if (waiting) await put(waiting)
        process.stdin.end()
        if ((await process.ended) !== 0) throw failed()
        await rename(temporary, place).catch((cause) => {
          throw new DataError(`cannot write the file: ${reasonOf(cause)}`, { where: place }, { cause })
        })
        releaseTemporary(temporary)
      } catch (error) {
        await discard()
        throw error
      }
    },
  }
}

let known: Promise<Set<string>> | undefined

/** Names of what the ffmpeg of the machine can encode with. */
function encoders(): Promise<Set<string>> {
  known ??= startFfmpeg(['-encoders']).then(async (process: FfmpegProcess) => {
    const parts: Uint8Array[] = []
    for await (const part of process.stdout) parts.push(part)
    const lines = Buffer.concat(parts).toString('utf8').split('\n')
    return new Set(lines.map((line) => line.trim().split(/\s+/)[1]))
  })
  return known
}

import { stat } from 'node:fs/promises'
import { DataError } from '../../errors.ts'

/** Endings of the files taken for videos, in lower case. Moving GIFs are images of several pages. */
export const VIDEO_ENDINGS: readonly string[] = [
  '.mp4',
  '.m4v',
  '.mov',
  '.mkv',
  '.webm',
  '.avi',
  '.mpg',
  '.mpeg',
  '.wmv',
]

const CAMERA = /^\/dev\/video\d+$/
const STREAM = /^rtsps?:\/\//i

/** Whether an input is a video by its ending, a camera of Linux (`/dev/video0`) or a network camera (`rtsp:`). */
export function isVideoSource(input: string): boolean {
  return isVideoPath(input) || isLive(input)
}

/** Whether what a source shows has no end of its own. */
export function isLive(input: string): boolean {
  return CAMERA.test(input) || STREAM.test(input)
}

export function isVideoPath(path: string): boolean {
  const dot = path.lastIndexOf('.')
  return !/^[a-z]+:\/\//i.test(path) && dot >= 0 && VIDEO_ENDINGS.includes(path.slice(dot).toLowerCase())
}

/**
 * What tells ffmpeg to read a source, and nothing beyond it: a file that names addresses in the network does not reach them. Throws
 * `DataError` for a file that is not there, or is none.
 */
export async function sourceArguments(source: string): Promise<string[]> {
  if (STREAM.test(source)) {
    const protocols = 'rtsp,rtsps,rtp,srtp,udp,tcp,tls'
    return ['-protocol_whitelist', protocols, '-rtsp_transport', 'tcp', '-i', source]
  }
  const found = await stat(source).catch(() => undefined)
  if (!found) throw new DataError('file does not exist', { where: source })
  if (CAMERA.test(source)) return ['-f', 'v4l2', '-i', source]
  if (!found.isFile()) {
    throw new DataError('not a file', {
      where: source,
      expected: 'a video',
      got: found.isDirectory() ? 'a folder' : 'a device',
    })
  }
  return ['-protocol_whitelist', 'file,pipe', '-i', `file:${source}`]
}

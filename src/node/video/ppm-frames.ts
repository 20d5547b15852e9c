import { DataError } from '../../errors.ts'

/** One picture of a stream: RGB, 8 bits, interleaved. */
export interface PpmFrame {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/** `P6`, width, height and the largest value, as ffmpeg writes them. */
const HEADER = /^P6\n(\d+) (\d+)\n255\n/
const LONGEST_HEADER = 32

/**
 * Pictures in the portable pixmap format, one after the other. No more is read than the next picture takes, so whoever writes them
 * waits for whoever takes them. A last picture that is cut off is left out. Throws `DataError` for what is no such stream.
 */
export async function* ppmFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<PpmFrame> {
  let start = new Uint8Array(0)
  let frame: { readonly data: Uint8Array; readonly width: number; readonly height: number } | undefined
  let filled = 0
  for await (const chunk of chunks) {
    let at = 0
    while (at < chunk.length || frame) {
      if (!frame) {
        const taken = chunk.subarray(at, at + LONGEST_HEADER)
        const seen = new Uint8Array(start.length + taken.length)
        seen.set(start)
        seen.set(taken, start.length)
        const header = HEADER.exec(String.fromCharCode(...seen))
        if (!header) {
          if (seen.length >= LONGEST_HEADER) throw new DataError('ffmpeg gave something that is no picture')
          start = seen
          break
        }
        at += header[0].length - start.length
        start = new Uint8Array(0)
        const [width, height] = [Number(header[1]), Number(header[2])]
        frame = { data: new Uint8Array(width * height * 3), width, height }
        filled = 0
      }
      const part = chunk.subarray(at, at + frame.data.length - filled)
      frame.data.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < frame.data.length) break
      yield frame
      frame = undefined
    }
  }
}

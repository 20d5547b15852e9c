import { Refusal } from './refusal.ts'

/** What one client may ask of the server. */
export interface ServerLimits {
  /** Of the body of a request. */
  readonly bytes: number
  /** Of an image. */
  readonly pixels: number
  /** Requests that are received, waiting or worked on; further ones are refused before their body is read. */
  readonly requests: number
  /** For receiving a request, and again for answering it. */
  readonly seconds: number
}

export const SERVER_LIMITS: ServerLimits = { bytes: 2 ** 25, pixels: 50_000_000, requests: 32, seconds: 30 }

/** Throws a `Refusal` for an image that is empty or too large. */
export function requirePixels({ width, height }: { width: number; height: number }, pixels: number): void {
  if (width < 1 || height < 1) {
    throw new Refusal(400, 'the image is empty', { got: `${width} x ${height}` })
  }
  if (width * height > pixels) {
    throw new Refusal(413, 'the image has too many pixels', {
      expected: `at most ${pixels}`,
      got: `${width} x ${height}`,
    })
  }
}

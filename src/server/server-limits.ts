import { Refusal } from './refusal.ts'

/** What one client may ask of the server. */
export interface ServerLimits {
  /** Of the body of a request. */
  readonly bytes: number
  /** Of an image. */
  readonly pixels: number
  /** Requests that are received, waiting or worked on; further ones are refused before their body is read. */
  readonly requests: number
  /** That an image decodes to: 16 bits and further channels take more than pixels tell. */
  readonly decodedBytes: number
  /** Instances that a request may ask for. */
  readonly detections: number
  /** Open at once; further ones are closed. */
  readonly connections: number
  /** For receiving a request, and again for answering it. */
  readonly seconds: number
}

/** Of an image. */
export type ImageLimits = Pick<ServerLimits, 'pixels' | 'decodedBytes'>

export const SERVER_LIMITS: ServerLimits = {
  ...{ bytes: 2 ** 25, pixels: 50_000_000, decodedBytes: 400_000_000, detections: 4000 },
  ...{ requests: 32, connections: 1000, seconds: 30 },
}

/** Throws a `Refusal` for an image that is empty or too large. */
export function requireSize(
  { width, height, bytes }: { width: number; height: number; bytes: number },
  { pixels, decodedBytes }: ImageLimits,
): void {
  if (width < 1 || height < 1) {
    throw new Refusal(400, 'the image is empty', { got: `${width} x ${height}` })
  }
  if (width * height > pixels) {
    throw new Refusal(413, 'the image has too many pixels', {
      expected: `at most ${pixels}`,
      got: `${width} x ${height}`,
    })
  }
  if (bytes > decodedBytes) {
    throw new Refusal(413, 'the image decodes to too many bytes', {
      expected: `at most ${decodedBytes}`,
      got: `${bytes}`,
    })
  }
}

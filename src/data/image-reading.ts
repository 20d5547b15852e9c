import type { RgbImage } from './sample.ts'

/**
 * Which range of values becomes black to white where a picture holds more than 8 bits: `auto` takes it from the picture, `full`
 * is all that its type can hold, and two numbers are that range itself, in the picture's own values.
 */
export type Intensity = 'auto' | 'full' | readonly [from: number, to: number]

/** How a file becomes one RGB picture. */
export interface ReadingOptions {
  /** Default `auto`. */
  readonly intensity?: Intensity
  /** Which page, frame or plane of several, counted from 1. Default 1. */
  readonly page?: number
  /** Which channels become red, green and blue, or the one shown as grey; counted from 1. */
  readonly channels?: readonly [number] | readonly [number, number, number]
}

/** A rectangle of whole pixels. */
export interface Region {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** A picture that is read part by part, so that it need not be held whole. Sizes are those a viewer shows. */
export interface ImageReader {
  readonly width: number
  readonly height: number
  /** What people should know of how the file was read, a sentence without a full stop each. */
  readonly notes: readonly string[]
  /** Pixels of a region that lies inside. Throws `DataError` where the file is damaged there. */
  read(region: Region): Promise<RgbImage>
  close(): Promise<void>
}

import { ConfigError } from '../errors.ts'
import type { Region } from '../geometry/regions.ts'
import type { RgbImage } from './picture.ts'

/**
 * Which range of values becomes black to white where a picture holds more than 8 bits: `auto` takes it from the picture, `full`
 * is all that its type can hold, and two numbers are that range itself, in the picture's own values.
 */
export type Intensity = 'auto' | 'full' | readonly [from: number, to: number]

/** The channels that become red, green and blue, or the one shown as grey; counted from 1. */
export type Channels = readonly [number] | readonly [number, number, number]

/** How a file becomes one RGB picture. */
export interface ReadingOptions {
  /** Default `auto`. */
  readonly intensity?: Intensity
  /** Which page, frame or plane of several, counted from 1. Default 1. */
  readonly page?: number
  /** Which channels become red, green and blue, or the one shown as grey; counted from 1. */
  readonly channels?: Channels
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

/** The parts of a picture that is held whole. */
export function heldReader(image: RgbImage & { readonly notes?: readonly string[] }): ImageReader {
  const { width, height, notes = [] } = image
  return { width, height, notes, read: async (region) => cutRegion(image, region), close: async () => {} }
}

/** Pixels of a region that lies inside; the picture's own where that is all of it. */
export function cutRegion({ data, width, height }: RgbImage, region: Region): RgbImage {
  if (region.width === width && region.height === height) return { data, width, height }
  const row = 3 * region.width
  const part = new Uint8Array(row * region.height)
  for (let y = 0; y < region.height; y++) {
    const from = 3 * ((region.top + y) * width + region.left)
    part.set(data.subarray(from, from + row), y * row)
  }
  return { data: part, width: region.width, height: region.height }
}

/** Throws `ConfigError` for options that are none. */
export function checkReadingOptions({ intensity, page, channels }: ReadingOptions): void {
  if (intensity !== undefined && !isIntensity(intensity)) {
    throw wrong('intensity', 'auto, full, or two different numbers, those of black and white', intensity)
  }
  if (page !== undefined && !isPlace(page)) throw wrong('page', 'a whole number from 1 on', page)
  if (channels !== undefined && !isChannels(channels)) {
    throw wrong('channels', 'one or three whole numbers from 1 on', channels)
  }
}

/** Whether a value says how intensities are shown. */
export function isIntensity(value: unknown): value is Intensity {
  if (value === 'auto' || value === 'full') return true
  if (!Array.isArray(value) || value.length !== 2) return false
  return value.every(Number.isFinite) && value[0] !== value[1]
}

/** Whether a value chooses channels. */
export function isChannels(value: unknown): value is Channels {
  return Array.isArray(value) && (value.length === 1 || value.length === 3) && value.every(isPlace)
}

function isPlace(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1
}

function wrong(where: string, expected: string, got: unknown): ConfigError {
  return new ConfigError('option is wrong', { where, expected, got: JSON.stringify(got) ?? String(got) })
}

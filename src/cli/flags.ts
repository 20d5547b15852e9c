import { InvalidArgumentError, Option } from 'commander'
import { type Intensity, isIntensity, type ReadingOptions } from '../data/image-reading.ts'
import { parsePixelSize } from '../data/pixel-size.ts'
import type { ConfigError, DataError } from '../errors.ts'
import { requireThreads, requireWorkers } from '../node/threads.ts'
import { type Augmentation, isViewScale } from '../predict/augmentation.ts'

/** Flags that several commands share, with their checks. */
export const deviceFlag = () =>
  new Option('--device <device>', 'where to run')
    .choices(['auto', 'cpu', 'webgpu', 'cuda', 'coreml', 'dml'])
    .default('cpu')
export const threadsFlag = () =>
  new Option('--threads <n>', 'threads of the CPU provider').argParser(checkedNumber(requireThreads))
export const workersFlag = () =>
  new Option(
    '--workers <n>',
    'images, or tiles of one, that are looked at at once, each in a thread with a copy of the model (default: the cores, for 8 images and more without --threads)',
  ).argParser(checkedNumber(requireWorkers))
export const jsonFlag = () => new Option('--json', 'print one JSON document on stdout')

/** A number that `check` lets pass; it says what it expects instead. */
function checkedNumber(check: (value: number) => void): (text: string) => number {
  return (text) => {
    try {
      check(Number(text))
    } catch (error) {
      throw new InvalidArgumentError(`Expected ${(error as ConfigError).expected}.`)
    }
    return Number(text)
  }
}

export const tileFlag = () =>
  new Option(
    '--tile <size>',
    'look at large pictures in tiles of this many pixels a side; auto: where the model would see them too small; off: never',
  )
    .argParser(tileSize)
    .default('auto')
export const overlapFlag = () =>
  new Option(
    '--overlap <px>',
    'pixels that neighbouring tiles share (default: a fifth of the tile)',
  ).argParser(wholeNumber)

export const ttaFlag = () =>
  new Option(
    '--tta <views>',
    'also look at each image mirrored (flip) and at other sizes (flip,0.8,1.25), and put together what was seen: slower',
  ).argParser(augmentationOf)

function augmentationOf(text: string): Augmentation {
  const parts = text.split(',').map((part) => part.trim())
  const scales = parts
    .filter((part) => part !== 'flip')
    .map((part) => (part === '' ? Number.NaN : Number(part)))
  if (scales.every(isViewScale)) return { flip: parts.includes('flip'), scales }
  throw new InvalidArgumentError('Expected flip, sizes from 0.25 to 4, or both: flip,0.8,1.25.')
}

export const maxFlag = () =>
  new Option(
    '--max <n>',
    'at most this many instances per image; above the limit of the model it makes room for them',
  ).argParser(wholeNumber)

export type TileFlag = number | 'auto' | 'off'

function tileSize(text: string): TileFlag {
  return text === 'auto' || text === 'off' ? text : wholeNumber(text)
}

export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('Expected a whole number of at least 1.')
  return value
}

export function probability(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('Expected a number from 0 to 1.')
  return value
}

/** Micrometres of a length such as `0.5um`. */
export function pixelSize(text: string): number {
  try {
    return parsePixelSize(text)
  } catch (error) {
    throw new InvalidArgumentError(`Expected ${(error as DataError).expected}.`)
  }
}

/** A number such as of pixels, also parts of one. */
export function distance(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new InvalidArgumentError('Expected a number of at least 0.')
  return value
}

/** One of `choices`. */
export function oneOf<T extends string>(choices: readonly T[]): (text: string) => T {
  return (text) => {
    if ((choices as readonly string[]).includes(text)) return text as T
    throw new InvalidArgumentError(`Expected one of ${choices.join(', ')}.`)
  }
}

/** `a,b` with every part among `choices`. */
export function listOf<T extends string>(choices: readonly T[]): (text: string) => T[] {
  const parse = oneOf(choices)
  return (text) => text.split(',').map((part) => parse(part.trim()))
}

export function numberFromZero(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0) {
    throw new InvalidArgumentError('Expected a whole number of at least 0.')
  }
  return value
}

/** `a,b` as names, spaces around them cut. */
export function namesOf(text: string): string[] {
  return text.split(',').map((name) => name.trim())
}

/** `auto`, `full`, or `MIN:MAX`, in the picture's own values. */
export const intensityFlag = () =>
  new Option(
    '--intensity <range>',
    'what becomes black and white in pictures of more than 8 bits: auto takes it from the picture, full is all of its type, MIN:MAX are values of the picture (also of 8 bits; MAX:MIN inverts)',
  ).argParser(intensityOf)

export const channelFlag = () =>
  new Option(
    '--channel <numbers>',
    'the channel shown as grey, or three as red, green and blue (3,2,1); counted from 1',
  ).argParser(channelsOf)

/** A page of several, counted from 1. */
export function pageNumber(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw new InvalidArgumentError('Expected a whole number from 1 on.')
}

function intensityOf(text: string): Intensity {
  const parts = text.split(':')
  const value = parts.length === 2 && parts.every((part) => part.trim() !== '') ? parts.map(Number) : text
  if (isIntensity(value)) return value
  throw new InvalidArgumentError('Expected auto, full or MIN:MAX, for example 100:4000.')
}

function channelsOf(text: string): NonNullable<ReadingOptions['channels']> {
  const channels = text.split(',').map(Number)
  const areNumbers = channels.every((channel) => Number.isInteger(channel) && channel >= 1)
  if (areNumbers && channels.length === 1) return [channels[0]]
  if (areNumbers && channels.length === 3) return [channels[0], channels[1], channels[2]]
  throw new InvalidArgumentError('Expected one or three numbers from 1 on, for example 2 or 3,2,1.')
}

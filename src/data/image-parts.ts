import { DataError } from '../errors.ts'
import type { ReadingOptions } from './image-reading.ts'
import { type Planes, planeName } from './tiff-planes.ts'

/** One channel of one page, both counted from 0. */
export interface ImagePart {
  readonly page: number
  readonly channel: number
}

/** What an image file holds, in its own words. */
export interface ImageParts {
  /** Pages, frames or planes. */
  readonly pages: number
  /** How pages are the planes of one stack, where the file says so. */
  readonly planes?: Planes
  /** Of a page, alpha left out. */
  readonly channels: number
  /** Whether the first three channels are red, green and blue. */
  readonly isColour: boolean
  /** Whether the file says itself which colours its channels are. */
  readonly saysColours: boolean
}

/** The parts that become one grey channel or red, green and blue, and what is to be said of the others. */
export interface ChosenPart {
  readonly parts: readonly ImagePart[]
  readonly notes: readonly string[]
}

/** Which parts of a file the options choose. Throws `DataError` naming `where` for a page or channel that is not there. */
export function chosenPart(
  file: ImageParts,
  { page, channels }: Pick<ReadingOptions, 'page' | 'channels'>,
  where: string,
): ChosenPart {
  const { pages, planes } = file
  const index = (page ?? 1) - 1
  if (index >= pages) throw notThere('page', index + 1, pages, where)
  const inPlanes = planes !== undefined && planes.channels > 1
  const available = inPlanes ? planes.channels : file.channels
  const first = file.isColour && !inPlanes ? [1, 2, 3] : [1]
  const parts = (channels ?? first).map((channel) => {
    if (channel > available) throw notThere('channel', channel, available, where)
    if (!inPlanes) return { page: index, channel: channel - 1 }
    const plane = channels ? { ...planes.at(index), channel } : planes.at(index)
    return { page: planes.pageOf(plane), channel: 0 }
  })
  return { parts, notes: notesOf(file, { page, channels }, index) }
}

/** Pages, counted from 1, of which each is a picture of its own when `channels` are chosen in it. */
export function pageNumbers({ pages, planes }: ImageParts, channels: ReadingOptions['channels']): number[] {
  const all = Array.from({ length: pages }, (_, i) => i + 1)
  if (!channels || !planes) return all
  return all.filter((page) => planes.at(page - 1).channel === 1)
}

function notesOf(
  file: ImageParts,
  { page, channels }: Pick<ReadingOptions, 'page' | 'channels'>,
  index: number,
): string[] {
  const notes: string[] = []
  const { pages, planes } = file
  if (planes && pages > 1) {
    const others = channels ? planes.slices * planes.frames > 1 : true
    const flags = [planes.channels > 1 && '--channel', '--page'].filter(Boolean).join(' or ')
    if (page !== undefined) notes.push(`page ${page} is ${planeName(planes, index)}`)
    else if (others) notes.push(`shown is ${planeName(planes, index)}; ${flags} chooses`)
  } else if (pages > 1 && page === undefined) {
    notes.push(`shown is page 1 of ${pages}; --page chooses`)
  }
  if (channels) return notes
  const { channels: count, isColour, saysColours } = file
  if (isColour && !saysColours) notes.push(`its ${count} channels are taken as red, green and blue`)
  else if (isColour && count > 3) notes.push(`shown are channels 1, 2 and 3 of ${count}; --channel chooses`)
  else if (!isColour && count > 1) notes.push(`shown is channel 1 of ${count}; --channel chooses`)
  return notes
}

function notThere(what: string, number: number, count: number, where: string): DataError {
  const expected = count === 1 ? `1, the only ${what}` : `1 to ${count}`
  return new DataError(`image has no ${what} ${number}`, { where, expected })
}

import { DataError } from '../../errors.ts'
import type { DataFolder } from '../format.ts'
import { placeOf } from '../json-file.ts'
import type { LabelRaster } from '../mask-images/label-png.ts'
import { colourIdsOf } from '../mask-images/label-raster.ts'
import { folderOf } from '../split-folders.ts'
import { colourKey, VOC_CLASSES, VOC_PALETTE, VOC_VOID } from './pascal-voc-colours.ts'

/** Which colour of SegmentationClass stands for which class. */
export interface ClassColours {
  /** Whether a file of the data set lists them; else they are those of Pascal VOC. */
  readonly listed: boolean
  /** Names in their order, without the background. */
  readonly names: readonly string[]
  readonly nameOf: ReadonlyMap<number, string>
}

/** The file in which CVAT and Datumaro list classes and their colours. */
export const LABEL_MAP_FILE = 'labelmap.txt'

const BACKGROUND = 0

/** Colours of `labelmap.txt`, lines of `name:red,green,blue:parts:actions`, or of Pascal VOC. Throws `DataError` naming the line. */
export async function classColours(source: DataFolder): Promise<ClassColours> {
  const path = (await source.list()).find((file) => file.slice(folderOf(file).length) === LABEL_MAP_FILE)
  const nameOf = new Map<number, string>()
  if (path === undefined) {
    VOC_CLASSES.forEach((name, i) => {
      nameOf.set(colourKey(VOC_PALETTE[i + 1]), name)
    })
    return { listed: false, names: VOC_CLASSES, nameOf }
  }
  for (const [i, line] of (await source.readText(path)).split(/\r?\n/).entries()) {
    const [, name, red, green, blue] = /^(.+?):(\d+),(\d+),(\d+)(:[^:]*)?(:[^:]*)?$/.exec(line.trim()) ?? []
    // Names may begin as comments do.
    if (line.trim() === '' || (!name && line.startsWith('#'))) continue
    const colour = [Number(red), Number(green), Number(blue)] as const
    if (!name || !colour.every((value) => value <= 255)) {
      throw new DataError('line is no class', {
        where: `${placeOf(source, path)}: line ${i + 1}`,
        expected: 'name:red,green,blue::',
        got: line.slice(0, 60),
      })
    }
    if (colourKey(colour) !== BACKGROUND) nameOf.set(colourKey(colour), name)
  }
  return { listed: true, names: [...new Set(nameOf.values())], nameOf }
}

/**
 * Indices of a map of objects: of its palette, its grey values, or, painted in colours, of the colours of Pascal VOC.
 * Throws `DataError` for a colour that is none of them.
 */
export function indicesOf(raster: LabelRaster, where: string): ArrayLike<number> {
  if (raster.channels === 1) return raster.data
  const colours = colourIdsOf(raster, where)
  const indices = new Map(VOC_PALETTE.map((colour, index) => [colourKey(colour), index]))
  return Uint8Array.from(colours, (colour) => {
    const index = indices.get(colour)
    if (index === undefined) throw unknownColour(colour, where)
    return index
  })
}

/** Name of the class that most pixels of an object have. Throws `DataError` for colours that stand for no class. */
export function classOfObjects(
  indices: ArrayLike<number>,
  classes: LabelRaster,
  { nameOf }: ClassColours,
  where: string,
): (index: number) => string {
  // Grey values are indices of the colour map.
  const isGrey = classes.channels === 1 && !classes.palette
  const palette = isGrey ? VOC_PALETTE : classes.palette
  const colours = colourIdsOf({ ...classes, palette }, where)
  const votes = new Map<number, Map<number, number>>()
  for (let at = 0; at < indices.length; at++) {
    if (indices[at] === BACKGROUND || indices[at] === VOC_VOID) continue
    const own = votes.get(indices[at]) ?? new Map<number, number>()
    own.set(colours[at], (own.get(colours[at]) ?? 0) + 1)
    votes.set(indices[at], own)
  }
  return (index) => {
    const [colour] = [...(votes.get(index) ?? [])].reduce((best, vote) => (vote[1] > best[1] ? vote : best))
    const name = nameOf.get(colour)
    if (name !== undefined) return name
    throw new DataError(`object ${index} has no class`, {
      where,
      expected: `a colour of ${LABEL_MAP_FILE}, or of Pascal VOC where there is none`,
      got: colourText(colour),
    })
  }
}

function unknownColour(colour: number, where: string): DataError {
  return new DataError('colour stands for no object', {
    where,
    expected: "a palette image, or the colours of Pascal VOC's map",
    got: colourText(colour),
    hint: 'Smooth or compressed edges have colours that belong to no object',
  })
}

function colourText(colour: number): string {
  return `${colour & 255},${(colour >> 8) & 255},${colour >> 16}`
}

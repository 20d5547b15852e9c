import { DataError } from '../../errors.ts'
import type { DataFolder } from '../format.ts'
import { describe, type JsonObject, objectAt, textAt } from '../json-fields.ts'
import { placeOf, readJson } from '../json-file.ts'
import { csvRows } from './csv-rows.ts'

/** What the project files and the annotation exports (JSON, CSV) of VIA 1 and 2 have in common. */
export interface ViaFile {
  readonly images: readonly ViaImage[]
  /** Region attributes that the project defines; their options, where it lists them. */
  readonly attributes: ReadonlyMap<string, readonly string[]>
}

export interface ViaImage {
  readonly fileName: string
  readonly attributes: JsonObject
  readonly regions: readonly ViaRegion[]
  readonly where: string
}

export interface ViaRegion {
  readonly shape: JsonObject
  readonly attributes: JsonObject
  readonly where: string
}

/** Throws `DataError` naming file and entry for what is no file of VIA. */
export async function readViaFile(source: DataFolder, path: string): Promise<ViaFile> {
  const place = placeOf(source, path)
  if (path.toLowerCase().endsWith('.csv')) return parseCsv(await source.readText(path), place)
  const file = objectAt(await readJson(source, path), place)
  if ('config' in file && 'metadata' in file) {
    throw new DataError('project is of VIA 3, which is not read', {
      where: place,
      expected: 'a project or export of VIA 2 or 1',
    })
  }
  const isProject = '_via_img_metadata' in file
  const at = isProject ? `${place}: _via_img_metadata` : place
  const images = isProject ? objectAt(file._via_img_metadata, at) : file
  return {
    images: Object.entries(images).map(([key, image]) => parseImage(image, `${at}[${describe(key)}]`)),
    attributes: isProject ? parseAttributes(file._via_attributes, place) : new Map(),
  }
}

/** Regions are a list, in VIA 1 an object with keys 0, 1, ... */
function parseImage(value: unknown, where: string): ViaImage {
  const image = objectAt(value, where)
  const list = image.regions ?? []
  if (typeof list !== 'object' || list === null) {
    throw new DataError('"regions" is wrong', { where, expected: 'a list', got: describe(list) })
  }
  return {
    fileName: textAt(image, 'filename', where),
    attributes: objectAt(image.file_attributes ?? {}, where),
    regions: Object.entries(list).map(([key, entry]) => {
      const at = `${where}: regions[${key}]`
      const region = objectAt(entry, at)
      return {
        shape: objectAt(region.shape_attributes, at),
        attributes: objectAt(region.region_attributes ?? {}, at),
        where: at,
      }
    }),
    where,
  }
}

function parseAttributes(value: unknown, where: string): Map<string, readonly string[]> {
  const attributes = objectAt(objectAt(value ?? {}, where).region ?? {}, where)
  return new Map(
    Object.entries(attributes).map(([name, definition]) => {
      const options = objectAt(definition, `${where}: _via_attributes`).options
      return [name, typeof options === 'object' && options !== null ? Object.keys(options) : []]
    }),
  )
}

type CsvImage = Pick<ViaImage, 'attributes' | 'where'> & { regions: ViaRegion[]; stated?: number }

/** One row a region; an image without regions has one row with an empty shape. */
function parseCsv(text: string, where: string): ViaFile {
  const [header = [], ...rows] = csvRows(text, where)
  const names = header.map((name) => name.trim().replace(/^#\s*/, ''))
  const images = new Map<string, CsvImage>()
  for (const [i, row] of rows.entries()) {
    const at = `${where}: row ${i + 2}`
    if (row.length !== header.length) {
      throw new DataError('row is not whole', {
        where: at,
        expected: `${header.length} fields, as the first row has`,
        got: `${row.length}`,
        hint: 'The file was cut short or joined wrongly: export it again',
      })
    }
    const field = (name: string) => {
      const column = names.indexOf(name)
      const value = column < 0 ? undefined : row[column]
      if (value !== undefined) return value
      throw new DataError(`column "${name}" is missing`, {
        where: column < 0 ? where : at,
        expected: 'a CSV file as VIA exports it',
      })
    }
    const fileName = field('filename')
    const known = images.get(fileName)
    const image: CsvImage = known ?? {
      attributes: jsonField(field('file_attributes'), at),
      regions: [],
      where: at,
    }
    if (!known) images.set(fileName, image)
    if (names.includes('region_count')) image.stated = Number(field('region_count'))
    const shape = jsonField(field('region_shape_attributes'), at)
    if (Object.keys(shape).length === 0) continue
    image.regions.push({ shape, attributes: jsonField(field('region_attributes'), at), where: at })
  }
  for (const { stated = 0, regions, where } of images.values()) {
    if (stated <= regions.length) continue
    throw new DataError('regions are missing', {
      where,
      expected: `${stated}, as region_count says`,
      got: `${regions.length}`,
      hint: 'The file was cut short: export it again',
    })
  }
  return {
    images: [...images].map(([fileName, { stated: _, ...image }]) => ({ fileName, ...image })),
    attributes: new Map(),
  }
}

function jsonField(text: string, where: string): JsonObject {
  if (text.trim() === '') return {}
  try {
    return objectAt(JSON.parse(text), where)
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    throw new DataError('field is not JSON', { where, got: describe(text) }, { cause })
  }
}

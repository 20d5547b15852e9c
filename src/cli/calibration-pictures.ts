/** The pictures that show which numbers the layers of a model take. */
import type { RawImage } from '../data/picture.ts'
import type { CalibrationPicture } from '../models/int8-graph.ts'
import type { ModelMetadata } from '../models/model-metadata.ts'
import { decodeImage } from '../node/decode-image.ts'
import { listImages } from '../node/image-list.ts'
import { calibrationView } from '../predict/calibration-view.ts'
import { readingFor } from '../predict/model-reading.ts'
import { listedImageIds } from './image-ids.ts'

/**
 * At most `count` images of a folder, evenly spread over their names. Those that the COCO file `annotations` lists are left for the
 * comparison, unless there are no others. Throws `DataError` where the folder has none.
 */
export async function calibrationFiles(
  folder: string,
  count: number,
  annotations: string | undefined,
): Promise<string[]> {
  const all = await listImages(folder)
  const listed = annotations === undefined ? undefined : (await listedImageIds(all, annotations)).idOf
  const others = all.filter((file) => !listed?.has(file))
  return spread(others.length > 0 ? others : all, count)
}

/** A picture that is decoded when it is wanted. */
export interface NamedPicture {
  readonly name: string
  readonly decode: () => Promise<RawImage>
}

/** Image files as a model reads them. */
export function filePictures(files: readonly string[], metadata: ModelMetadata): NamedPicture[] {
  const { reading } = readingFor(metadata, {})
  return files.map((name) => ({ name, decode: () => decodeImage(name, reading) }))
}

/** The same pictures as the model sees them. */
export function calibrationPictures(
  pictures: readonly NamedPicture[],
  metadata: ModelMetadata,
): readonly CalibrationPicture[] {
  const rule = metadata.architecture.transform.resize
  return pictures.map(({ name, decode }) => ({
    name,
    load: async () => calibrationView(await decode(), rule, name),
  }))
}

/** At most `count` of them, evenly spread. */
export function spread<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all]
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)])
}

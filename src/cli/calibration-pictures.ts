/** The pictures that show which numbers the layers of a model take. */
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

/** The same pictures as the model sees them. */
export function calibrationPictures(
  files: readonly string[],
  metadata: ModelMetadata,
): readonly CalibrationPicture[] {
  const { reading } = readingFor(metadata, {})
  const rule = metadata.architecture.transform.resize
  return files.map((name) => ({
    name,
    load: async () => calibrationView(await decodeImage(name, reading), rule, name),
  }))
}

function spread<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all]
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)])
}

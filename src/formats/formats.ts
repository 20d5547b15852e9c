import { ConfigError } from '../errors.ts'
import { coco, resemblesCoco } from './coco/coco-format.ts'
import { cocoResults } from './coco/coco-results-format.ts'
import type { DataFolder, DataFormat, ReadableFormat } from './format.ts'
import { jsonFiles, jsonOutline } from './json-outline.ts'
import { labelme } from './labelme/labelme.ts'
import { labelMapFormat } from './mask-images/label-map.ts'
import { maskFolder } from './mask-images/mask-folder.ts'
import { panoptic } from './panoptic/panoptic.ts'
import { pascalVoc } from './pascal-voc/pascal-voc.ts'
import { via } from './via/via.ts'
import { yoloSeg } from './yolo-seg/yolo-seg.ts'

/** All formats that are read and written. */
export const DATA_FORMATS: readonly DataFormat[] = [
  coco,
  panoptic,
  yoloSeg,
  labelme,
  via,
  pascalVoc,
  labelMapFormat,
  maskFolder,
]

/** All that can be read; where several recognise a folder, the first is meant. */
export const READABLE_FORMATS: readonly ReadableFormat[] = [...DATA_FORMATS, cocoResults]

/** The format of a folder, or of the file `entry` in it. Throws `ConfigError` where no format recognises it, `DataError` for broken JSON. */
export async function recogniseFormat(source: DataFolder, entry?: string): Promise<ReadableFormat> {
  for (const format of READABLE_FORMATS) {
    if (await format.recognises(source, entry)) return format
  }
  if (entry === undefined && (await resemblesCoco(source))) return coco
  for (const path of await jsonFiles(source, entry)) {
    const { problem } = await jsonOutline(source, path)
    if (problem && path.toLowerCase().endsWith('.json')) throw problem
  }
  throw new ConfigError('cannot tell the format of the data', {
    where: entry === undefined ? source.name : `${source.name}/${entry}`,
    hint:
      `Name it with --from: ${READABLE_FORMATS.map(({ name }) => name).join(', ')}. ` +
      'Masks in a folder of any name are read from there with --from label-map (or mask-folder) and --images FOLDER',
  })
}

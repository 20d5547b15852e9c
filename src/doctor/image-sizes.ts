import type { Size } from '../geometry/boxes.ts'
import { decoded } from './image-probe.ts'
import type { RawCoco, RawImageEntry } from './raw-coco.ts'

/** An image whose stated size is not the size at which its file is shown. */
export interface SizeConflict {
  readonly stated: Size
  readonly shown: Size
  /** The stated size is that of the pixels before EXIF orientation turns them. */
  readonly isTurned: boolean
  /** Every run-length mask on it, at least one, has the size of the file as shown. */
  readonly masksAgree: boolean
}

export function sizeConflict(
  file: RawCoco,
  { id, fileName, size: stated }: RawImageEntry,
): SizeConflict | undefined {
  const probe = decoded(file.probes?.get(fileName ?? ''))
  if (!stated || !probe || isSameSize(stated, probe.shown)) return undefined
  const { shown } = probe
  const masks = (id === undefined ? [] : (file.annotationsByImage.get(id) ?? [])).flatMap(
    ({ segmentation }) => (segmentation.kind === 'mask' ? [segmentation.rle.size] : []),
  )
  return {
    stated,
    shown,
    isTurned: isSameSize(stated, probe.stored),
    masksAgree: masks.length > 0 && masks.every(([height, width]) => isSameSize({ height, width }, shown)),
  }
}

export function isSameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height
}

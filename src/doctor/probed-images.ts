import type { Repair } from './check.ts'
import type { ImageProbe } from './image-probe.ts'
import type { RawCoco, RawImageEntry } from './raw-coco.ts'

/** Images whose file turned out to be of this kind. */
export function imagesProbed(file: RawCoco, kind: ImageProbe['kind']): RawImageEntry[] {
  return file.images.filter(
    ({ fileName }) => fileName !== undefined && file.probes?.get(fileName)?.kind === kind,
  )
}

/** The repairs that remove an image with all that is annotated on it; none where that may be the annotations of another. */
export function* removedWithAnnotations(file: RawCoco, { index, id }: RawImageEntry): Generator<Repair> {
  if (id !== undefined && file.sharedImageIds.has(id)) return
  yield { list: 'images', index }
  if (id === undefined) return
  for (const annotation of file.annotationsByImage.get(id) ?? [])
    yield { list: 'annotations', index: annotation.index }
}

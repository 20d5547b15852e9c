import type { Repair } from './check.ts'
import type { ImageProbe } from './image-probe.ts'
import type { RawCoco, RawImage } from './raw-coco.ts'

/** Images whose file turned out to be of this kind. */
export function imagesProbed(file: RawCoco, kind: ImageProbe['kind']): RawImage[] {
  return file.images.filter(
    ({ fileName }) => fileName !== undefined && file.probes?.get(fileName)?.kind === kind,
  )
}

/** The repairs that remove an image with all that is annotated on it. */
export function* removedWithAnnotations(file: RawCoco, { index, id }: RawImage): Generator<Repair> {
  yield { list: 'images', index }
  // Where two images share an id, the annotations may be the other's.
  if (id === undefined || file.imageById.get(id)?.index !== index) return
  for (const annotation of file.annotationsByImage.get(id) ?? [])
    yield { list: 'annotations', index: annotation.index }
}

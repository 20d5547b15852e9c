import { annotationFinding, type Check } from '../check.ts'
import type { RawAnnotation, RawCoco } from '../raw-coco.ts'

export const unknownImages: Check = {
  name: 'unknown-images',
  title: 'Annotations of unknown images',
  severity: 'error',
  unit: 'annotations',
  why: 'Their image is not in the list: they can be neither trained on nor evaluated, and most readers stop.',
  advice: 'Add the images that were left out, or remove the annotations.',
  *find({ files }) {
    for (const file of files) {
      for (const annotation of orphans(file)) {
        yield annotationFinding(file, annotation, `no image has the id ${annotation.imageId}`)
      }
    }
  },
  repair: {
    does: 'The annotations are removed.',
    *changes(file) {
      for (const { index } of orphans(file)) yield { list: 'annotations', index }
    },
  },
}

function orphans({ annotations, imageById }: RawCoco): RawAnnotation[] {
  return annotations.filter(({ imageId }) => imageId !== undefined && !imageById.has(imageId))
}

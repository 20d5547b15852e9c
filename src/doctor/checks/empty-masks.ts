import { isAbsent } from '../../formats/json-fields.ts'
import { annotationFinding, type Check } from '../check.ts'
import { maskFacts } from '../mask-facts.ts'
import { imageOfAnnotation, type RawAnnotation, type RawCoco } from '../raw-coco.ts'

/** Boxes with a side shorter than this many pixels may miss the centres of all pixels. */
const THIN_PIXELS = 1

export const emptyMasks: Check = {
  name: 'empty-masks',
  title: 'Masks without a pixel',
  severity: 'warning',
  unit: 'annotations',
  why: 'The mask branch is taught that there is nothing where the box says that there is something.',
  advice: 'Remove them, or draw the masks again; very thin polygons can miss the centres of all pixels.',
  thresholds: { thinPixels: THIN_PIXELS },
  *find({ files }) {
    for (const file of files) {
      for (const annotation of empty(file)) yield annotationFinding(file, annotation, 'no pixel is set')
    }
  },
  repair: {
    does: 'Annotations whose box has no size either, or is thinner than a pixel, are removed.',
    *changes(file) {
      for (const { index, entry, box } of empty(file)) {
        const isThin = box ? Math.min(box[2], box[3]) < THIN_PIXELS : isAbsent(entry.bbox)
        if (isThin) yield { list: 'annotations', index }
      }
    },
  },
}

function empty(file: RawCoco): RawAnnotation[] {
  return file.annotations.filter((annotation) => {
    const mask = maskFacts(file, annotation)
    if (mask?.pixels !== 0) return false
    // Polygons wholly outside the image are told as such.
    const size = imageOfAnnotation(file, annotation)?.size
    if (!mask.outline || !size) return true
    const [x1, y1, x2, y2] = mask.outline.box
    return x2 >= 0 && y2 >= 0 && x1 <= size.width && y1 <= size.height
  })
}

import { boxToXywh } from '../../geometry/boxes.ts'
import { annotationFinding, type Check } from '../check.ts'
import { maskFacts } from '../mask-facts.ts'
import type { RawAnnotation, RawCoco } from '../raw-coco.ts'

export const emptyBoxes: Check = {
  name: 'empty-boxes',
  title: 'Boxes without size',
  severity: 'error',
  unit: 'annotations',
  why: 'A width or height of zero or below makes losses infinite; training stops or diverges.',
  advice: 'Correct or remove them; a click without a drag in the labelling program is the usual cause.',
  *find({ files }) {
    for (const file of files) {
      for (const annotation of flat(file)) {
        const [, , width, height] = annotation.box ?? []
        yield annotationFinding(file, annotation, `box of ${width} x ${height}`)
      }
    }
  },
  repair: {
    does: 'The box is taken from the mask; where there is no mask either, an annotation with a side of exactly zero is removed.',
    *changes(file) {
      for (const annotation of flat(file)) {
        const { index, entry, box, segmentation } = annotation
        const mask = maskFacts(file, annotation)
        if (mask && mask.pixels > 0)
          yield { list: 'annotations', index, entry: { ...entry, bbox: boxToXywh(mask.box) } }
        else if ((mask || segmentation.kind === 'none') && (box?.[2] === 0 || box?.[3] === 0)) {
          yield { list: 'annotations', index }
        }
      }
    },
  },
}

function flat({ annotations }: RawCoco): RawAnnotation[] {
  return annotations.filter(({ box }) => box && !(box[2] > 0 && box[3] > 0))
}

import { annotationFinding, type Check } from '../check.ts'
import type { RawAnnotation, RawCoco } from '../raw-coco.ts'

export const repeatedAnnotations: Check = {
  name: 'repeated-annotations',
  title: 'Annotations that are there twice',
  severity: 'error',
  unit: 'annotations',
  why: 'Of two equal annotations evaluation counts one as missed, whatever the model finds.',
  advice: 'Keep one of each; a file merged with itself is the usual cause.',
  *find({ files }) {
    for (const file of files) {
      for (const [annotation, first] of repeats(file)) {
        yield annotationFinding(file, annotation, `all but its id is that of annotations[${first.index}]`)
      }
    }
  },
  repair: {
    does: 'All but the first are removed; those that differ in anything but their id are kept.',
    *changes(file) {
      for (const [{ index }] of repeats(file)) yield { list: 'annotations', index }
    },
  },
}

/** Annotations equal to an earlier one but for their ids, with that one. */
export function* repeats(file: RawCoco): Generator<[RawAnnotation, RawAnnotation]> {
  for (const [imageId, annotations] of file.annotationsByImage) {
    if (!file.imageById.has(imageId)) continue
    const firsts = new Map<string, RawAnnotation>()
    for (const annotation of annotations) {
      const { id, ...rest } = annotation.entry
      const key = JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)))
      const first = firsts.get(key)
      if (first) yield [annotation, first]
      else firsts.set(key, annotation)
    }
  }
}

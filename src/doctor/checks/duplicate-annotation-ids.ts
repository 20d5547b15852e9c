import { annotationFinding, type Check } from '../check.ts'
import { freeIds } from '../free-ids.ts'
import type { RawAnnotation, RawCoco } from '../raw-coco.ts'

export const duplicateAnnotationIds: Check = {
  name: 'duplicate-annotation-ids',
  title: 'Annotation ids used twice',
  severity: 'error',
  unit: 'annotations',
  why: 'Programs that look annotations up by id keep one of them and lose the others without a word.',
  advice: 'Renumber the annotations; nothing else in the file refers to their ids.',
  *find({ files }) {
    for (const file of files) {
      for (const [annotation, first] of repeats(file)) {
        yield annotationFinding(
          file,
          annotation,
          `id ${annotation.id} is that of annotations[${first.index}]`,
        )
      }
    }
  },
  repair: {
    does: 'All but the first get a free id.',
    *changes(file) {
      const free = freeIds(file)
      for (const [{ index, entry }] of repeats(file)) {
        yield { list: 'annotations', index, entry: { ...entry, id: free.next().value } }
      }
    },
  },
}

/** Annotations whose id was seen before, with the first that has it. */
function* repeats(file: RawCoco): Generator<[RawAnnotation, RawAnnotation]> {
  const firsts = new Map<number, RawAnnotation>()
  for (const annotation of file.annotations) {
    if (annotation.id === undefined) continue
    const first = firsts.get(annotation.id)
    if (first) yield [annotation, first]
    else firsts.set(annotation.id, annotation)
  }
}

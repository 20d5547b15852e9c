import { type Check, categoryFinding, fileFinding } from '../check.ts'
import { nameOf, type RawAnnotation } from '../raw-coco.ts'

/** Share of crowds from which a whole file is suspect. */
const MOSTLY = 0.5
/** Annotations below which nothing is said. */
const LEAST_ANNOTATIONS = 5

export const allCrowd: Check = {
  name: 'all-crowd',
  title: 'iscrowd set throughout',
  severity: 'error',
  unit: 'files',
  why: 'Crowds are neither trained on nor counted in evaluation: with iscrowd 1 on everything nothing is left to learn.',
  advice:
    'Set iscrowd to 0 for single objects; programs that export 1 for run-length masks are the usual cause.',
  thresholds: { mostly: MOSTLY, leastAnnotations: LEAST_ANNOTATIONS },
  *find({ files }) {
    for (const file of files) {
      if (isSuspect(file.annotations, MOSTLY)) {
        yield fileFinding(
          file,
          `${crowds(file.annotations)} of ${file.annotations.length} annotations are crowds`,
        )
        continue
      }
      for (const [id, category] of file.categoryById) {
        const own = file.annotations.filter(({ categoryId }) => categoryId === id)
        if (isSuspect(own, 1))
          yield categoryFinding(file, category, `all ${own.length} of ${nameOf(category)} are crowds`)
      }
    }
  },
}

function isSuspect(annotations: readonly RawAnnotation[], share: number): boolean {
  return annotations.length >= LEAST_ANNOTATIONS && crowds(annotations) >= share * annotations.length
}

function crowds(annotations: readonly RawAnnotation[]): number {
  return annotations.filter(({ isCrowd }) => isCrowd).length
}

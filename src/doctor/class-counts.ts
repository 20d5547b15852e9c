import type { RawCategory, RawCoco } from './raw-coco.ts'
import type { Survey } from './survey.ts'

/** Objects of a class, in all splits together, below which its figures are mostly chance. */
export const LEAST_OBJECTS = 10

/** How often a category occurs, in all files together and in each. */
export interface ClassCount {
  /** The first file that lists the category, and its entry there. */
  readonly file: RawCoco
  readonly category: RawCategory
  /** Objects that are no crowds. */
  readonly objects: number
  readonly objectsByFile: ReadonlyMap<RawCoco, number>
}

/** Counts of all categories of a survey, by id, in the order of the files. */
export function classCounts({ files }: Survey): ClassCount[] {
  const counts = new Map<
    number,
    { file: RawCoco; category: RawCategory; objectsByFile: Map<RawCoco, number> }
  >()
  for (const file of files) {
    for (const [id, category] of file.categoryById) {
      const count = counts.get(id) ?? { file, category, objectsByFile: new Map() }
      counts.set(id, count)
      count.objectsByFile.set(file, 0)
    }
  }
  for (const file of files) {
    for (const { categoryId, isCrowd } of file.annotations) {
      const byFile = categoryId === undefined || isCrowd ? undefined : counts.get(categoryId)?.objectsByFile
      const before = byFile?.get(file)
      if (before !== undefined) byFile?.set(file, before + 1)
    }
  }
  return [...counts.values()].map((count) => ({
    ...count,
    objects: [...count.objectsByFile.values()].reduce((sum, objects) => sum + objects, 0),
  }))
}

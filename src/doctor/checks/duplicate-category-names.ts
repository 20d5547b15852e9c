import { type Check, categoryFinding } from '../check.ts'
import type { RawCategory } from '../raw-coco.ts'

export const duplicateCategoryNames: Check = {
  name: 'duplicate-category-names',
  title: 'Categories of one name',
  severity: 'warning',
  unit: 'categories',
  why: 'Two categories that differ in capitals and spaces alone, or not at all, split one class into two that the model cannot tell apart.',
  advice: 'Merge them: give the annotations of both one category id.',
  *find({ files }) {
    for (const file of files) {
      const firsts = new Map<string, RawCategory>()
      for (const category of file.categories) {
        if (category.categoryName === undefined || category.id === undefined) continue
        const key = category.categoryName
          .trim()
          .toLowerCase()
          .replace(/[\s_-]+/g, ' ')
        const first = firsts.get(key)
        if (!first) firsts.set(key, category)
        else if (first.id !== category.id) {
          yield categoryFinding(
            file,
            category,
            `"${category.categoryName}" (id ${category.id}) and "${first.categoryName}" (id ${first.id})`,
          )
        }
      }
    }
  },
}

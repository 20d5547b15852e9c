import { type Check, categoryFinding, type Finding, fileFinding } from '../check.ts'
import { nameOf, type RawCoco } from '../raw-coco.ts'

export const categoryMismatch: Check = {
  name: 'category-mismatch',
  title: 'Splits with different categories',
  severity: 'error',
  unit: 'categories',
  why: 'A model trained on one split and evaluated on another compares categories by id: where the lists differ, its figures are wrong.',
  advice:
    'Write the same list of categories, ids and names, into every split, also those a split has no object of.',
  *find({ files: [first, ...others] }) {
    for (const other of others) yield* differences(first, other)
  },
}

function* differences(first: RawCoco, other: RawCoco): Generator<Finding> {
  for (const category of other.categories) {
    if (category.id === undefined || other.categoryById.get(category.id) !== category) continue
    const own = first.categoryById.get(category.id)
    if (!own) {
      yield categoryFinding(
        other,
        category,
        `${nameOf(category)} (id ${category.id}) is not in ${first.name}`,
      )
    } else if (own.categoryName !== category.categoryName) {
      yield categoryFinding(
        other,
        category,
        `id ${category.id} is ${nameOf(category)} here and ${nameOf(own)} in ${first.name}`,
      )
    }
  }
  for (const [id, category] of first.categoryById) {
    if (!other.categoryById.has(id))
      yield fileFinding(other, `lacks ${nameOf(category)} (id ${id}) of ${first.name}`)
  }
}

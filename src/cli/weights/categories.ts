import { DataError } from '../../errors.ts'
import type { ModelConfig } from '../../models/catalogue.ts'
import { cocoCategories } from '../../models/coco-categories.ts'
import type { Category } from '../../models/model-metadata.ts'
import { loadJson, loadText } from '../../node/files.ts'

/**
 * What the classes of weights are called: `coco`, the categories of a COCO file in the order of their ids, or the lines of a text
 * file.
 */
export async function readCategories(
  given: string,
  { numClasses }: ModelConfig,
): Promise<readonly Category[]> {
  if (given === 'coco') return cocoCategories(numClasses)
  if (!/\.json$/i.test(given)) {
    const names = (await loadText(given)).split(/\r?\n/).map((line) => line.trim())
    while (names[names.length - 1] === '') names.pop()
    const empty = names.indexOf('')
    if (names.length > 0 && empty < 0) return names.map((name, i) => ({ id: i + 1, name }))
    throw new DataError('a line without a name', {
      where: `${given}: line ${empty + 1}`,
      expected: 'a category on every line',
    })
  }
  const { categories } = ((await loadJson(given)) ?? {}) as { readonly categories?: unknown }
  if (Array.isArray(categories) && categories.length > 0 && categories.every(isCategory))
    return categories
      .map(({ id, name, keypoints, skeleton }) => ({ id, name, keypoints, skeleton }))
      .sort((a, b) => a.id - b.id)
  throw new DataError('the file names no categories', {
    where: given,
    expected: '"categories" of COCO: a list of { "id": number, "name": text }',
  })
}

function isCategory(value: unknown): value is Category {
  const { id, name } = (value ?? {}) as Partial<Category>
  return Number.isSafeInteger(id) && typeof name === 'string'
}

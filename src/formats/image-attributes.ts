/** What a source says of an image beyond its name and size. */
import type { DatasetImage } from '../data/dataset.ts'
import type { JsonObject } from './json-fields.ts'

/** Members of images that COCO itself defines and a data set has a place of their own for. */
export const IMAGE_MEMBERS: ReadonlySet<string> = new Set(['id', 'width', 'height', 'file_name'])

type Attributes = NonNullable<DatasetImage['attributes']>

/**
 * The members that a data set holds as attributes: text that is not empty, numbers, and true or false.
 * @param onLeftOut told of members with content that it does not hold: lists, objects, numbers too large to be held, and
 * names that COCO gives to something else
 */
export function imageAttributes(
  members: JsonObject,
  onLeftOut?: (name: string) => void,
): Pick<DatasetImage, 'attributes'> {
  const held: [string, Attributes[string]][] = []
  for (const [name, value] of Object.entries(members)) {
    if (isEmpty(value)) continue
    const isPlain = typeof value === 'string' || typeof value === 'boolean' || isNumber(value)
    if (isPlain && !IMAGE_MEMBERS.has(name)) held.push([name, value])
    else onLeftOut?.(name)
  }
  return held.length > 0 ? { attributes: Object.fromEntries(held) } : {}
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

/** Whether a member says nothing: null, or text, a list or an object without content. */
export function isEmpty(value: unknown): boolean {
  return value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)
}

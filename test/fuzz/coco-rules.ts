/**
 * What a valid COCO document is, and what it says, written down a second time and plainly: BigInt for run lengths, pixel by
 * pixel for masks. Nothing here is shared with the product.
 */
type Fields = Record<string, unknown>
interface Shape {
  width: number
  height: number
}

const FARTHEST = 1e7
const isList = Array.isArray
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !isList(value)
const isAbsent = (value: unknown) => value === undefined || value === null
const isInteger = (value: unknown) =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 53
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isPixel = (value: unknown) => isNumber(value) && Math.abs(value) <= FARTHEST
const isPixels = (value: unknown): value is number[] => isList(value) && value.every(isPixel)
const isRing = (value: unknown): value is number[] => isPixels(value) && value.length % 2 === 0

/** Runs of a COCO string; undefined for one that cannot be. Numbers of more than ten characters do not occur. */
function decodeString(text: string): bigint[] | undefined {
  const runs: bigint[] = []
  let value = 0n
  let length = 0
  for (const character of text) {
    const code = character.charCodeAt(0) - 48
    if (code < 0 || code > 63 || length === 10) return undefined
    value |= BigInt(code % 32) << BigInt(5 * length++)
    if (code >= 32) continue
    const signed = BigInt.asIntN(5 * length, value)
    runs.push(runs.length > 2 ? runs[runs.length - 2] + signed : signed)
    value = 0n
    length = 0
  }
  return length === 0 ? runs : undefined
}

/** Runs of a mask that fills an image; undefined for anything else. */
export function runsOf(mask: unknown, { width, height }: Shape): number[] | undefined {
  if (!isFields(mask) || !isList(mask.size) || mask.size.length !== 2) return undefined
  if (mask.size[0] !== height || mask.size[1] !== width) return undefined
  const { counts } = mask
  const runs = typeof counts === 'string' ? decodeString(counts) : isList(counts) ? counts : undefined
  if (!runs?.every((run) => typeof run === 'bigint' || isInteger(run))) return undefined
  const numbers = runs.map(Number)
  const sum = numbers.reduce((a, b) => a + b, 0)
  return numbers.every((run) => run >= 0) && sum === height * width ? numbers : undefined
}

/** Area and x y width height of the pixels. */
export function measure(runs: readonly number[], { height }: Shape): { area: number; bbox: number[] } {
  const pixels: number[] = []
  let position = 0
  runs.forEach((run, i) => {
    for (let left = run; left > 0; left--, position++) if (i % 2 === 1) pixels.push(position)
  })
  if (pixels.length === 0) return { area: 0, bbox: [0, 0, 0, 0] }
  const [xs, ys] = [pixels.map((at) => Math.floor(at / height)), pixels.map((at) => at % height)]
  const [x, y] = [Math.min(...xs), Math.min(...ys)]
  return { area: pixels.length, bbox: [x, y, Math.max(...xs) - x + 1, Math.max(...ys) - y + 1] }
}

/** Whether a segmentation may be; `closed` where rings of fewer than three points may not. */
function isSegmentation(value: unknown, image: Shape, closed: boolean): boolean {
  if (value === undefined || value === null) return true
  if (isList(value)) return value.every((ring) => isRing(ring) && (!closed || ring.length >= 6))
  return runsOf(value, image) !== undefined
}

/** Rings that enclose something, or runs; undefined for none. */
export function contentOf(value: unknown, image: Shape): number[][] | number[] | undefined {
  if (!isList(value)) return runsOf(value, image)
  const rings = (value as number[][]).filter((ring) => ring.length >= 6)
  return rings.length > 0 ? rings : undefined
}

function isImage(value: unknown): boolean {
  if (!isFields(value) || !isInteger(value.id)) return false
  const sides = [value.width, value.height].every(
    (side) => isInteger(side) && isPixel(side) && Number(side) > 0,
  )
  return sides && (value.file_name === undefined || typeof value.file_name === 'string')
}

function isCategory(value: unknown): boolean {
  if (!isFields(value) || !isInteger(value.id) || typeof value.name !== 'string') return false
  if (isAbsent(value.keypoints)) return true
  const keypoints = value.keypoints
  const skeleton = isAbsent(value.skeleton) ? [] : value.skeleton
  const pair = (item: unknown) => isList(item) && item.length === 2 && item.every(isNumber)
  return (
    isList(keypoints) &&
    keypoints.every((name) => typeof name === 'string') &&
    isList(skeleton) &&
    skeleton.every(pair)
  )
}

function isAnnotation(
  value: unknown,
  images: ReadonlyMap<unknown, Shape>,
  categories: ReadonlySet<unknown>,
  degenerate: boolean,
): boolean {
  if (!isFields(value) || !isInteger(value.id)) return false
  const image = images.get(value.image_id)
  if (!image || !categories.has(value.category_id)) return false
  if (![undefined, null, 0, 1, true, false].includes(value.iscrowd as number)) return false
  if (!isSegmentation(value.segmentation, image, !degenerate)) return false
  const content = contentOf(value.segmentation, image)
  const boxOf = () => {
    if (value.bbox !== undefined)
      return isPixels(value.bbox) && value.bbox.length === 4 ? value.bbox : undefined
    if (!content) return undefined
    return isList(value.segmentation)
      ? around(content as number[][])
      : measure(content as number[], image).bbox
  }
  const box = boxOf()
  if (!box || !(degenerate || (box[2] > 0 && box[3] > 0))) return false
  if (value.area !== undefined && !isNumber(value.area)) return false
  if (isAbsent(value.keypoints)) return true
  const triples = isPixels(value.keypoints) && value.keypoints.length % 3 === 0
  return triples && (isAbsent(value.num_keypoints) || isInteger(value.num_keypoints))
}

export function around(rings: readonly (readonly number[])[]): number[] {
  const [xs, ys] = [0, 1].map((axis) => rings.flatMap((ring) => ring.filter((_, i) => i % 2 === axis)))
  const [x, y] = [Math.min(...xs), Math.min(...ys)]
  return [x, y, Math.max(...xs) - x, Math.max(...ys) - y]
}

function isResult(value: unknown, images: ReadonlyMap<unknown, Shape>): boolean {
  if (!isFields(value) || !isInteger(value.category_id) || !isNumber(value.score)) return false
  const image = images.get(value.image_id)
  if (!image || !isSegmentation(value.segmentation, image, true)) return false
  const { keypoints, bbox } = value
  if (keypoints !== undefined && !(isPixels(keypoints) && keypoints.length > 0 && keypoints.length % 3 === 0))
    return false
  const noBox = bbox === undefined || (isList(bbox) && bbox.length === 0)
  if (!noBox) return isPixels(bbox) && bbox.length === 4
  return keypoints !== undefined || contentOf(value.segmentation, image) !== undefined
}

/** Entries that make a document invalid, as `annotations[3]`; empty text for the document itself. */
export function faultsOf(document: unknown, degenerate: boolean): string[] {
  if (!isFields(document)) return ['']
  const { images, annotations, categories } = document
  if (!isList(images) || !isList(annotations) || !isList(categories)) return ['']
  const faults = (name: string, entries: readonly unknown[], isGood: (entry: unknown) => boolean) => {
    const ids = new Set<unknown>()
    return entries.flatMap((entry, i) => {
      const id = isFields(entry) ? entry.id : undefined
      const good = isGood(entry) && !ids.has(id)
      ids.add(id)
      return good ? [] : [`${name}[${i}]`]
    })
  }
  const byId = new Map(
    (images as Fields[]).filter(isFields).map((image) => [image.id, image as unknown as Shape]),
  )
  const categoryIds = new Set((categories as Fields[]).filter(isFields).map(({ id }) => id))
  const heads = [...faults('images', images, isImage), ...faults('categories', categories, isCategory)]
  // Annotations cannot be judged where what they refer to is wrong, and the heads are read first.
  if (heads.length > 0) return heads
  return faults('annotations', annotations, (entry) => isAnnotation(entry, byId, categoryIds, degenerate))
}

export function resultFaultsOf(document: unknown, images: readonly (Shape & { id: number })[]): string[] {
  if (!isList(document)) return ['']
  const byId = new Map(images.map((image) => [image.id as unknown, image as Shape]))
  return document.flatMap((entry, i) => (isResult(entry, byId) ? [] : [`[${i}]`]))
}

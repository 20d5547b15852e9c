import type { DatasetImage } from '../data/dataset.ts'
import { ConfigError } from '../errors.ts'
import { folderOf } from '../formats/split-folders.ts'
import { decoded, type ImageProbe, type ProbedImage } from './image-probe.ts'
import { findLikePairs, LOOKS_THE_SAME } from './picture-likeness.ts'

/** What images are grouped by: the folder in their names, a pattern on their names, or one of their attributes. */
export type GroupRule =
  | { readonly by: 'folder' }
  | { readonly by: 'name'; readonly pattern: RegExp }
  | { readonly by: 'attribute'; readonly name: string }

/**
 * What a flag says: `folder`, `name:PATTERN` or the name of an attribute. The pattern is a regular expression; what its first
 * group matches, or the whole of it without one, is the group. Throws `ConfigError` for a pattern that is none.
 */
export function parseGroupRule(text: string): GroupRule {
  if (text === 'folder') return { by: 'folder' }
  if (!text.startsWith('name:')) return { by: 'attribute', name: text }
  try {
    return { by: 'name', pattern: new RegExp(text.slice('name:'.length), 'u') }
  } catch (cause) {
    throw new ConfigError('pattern is no regular expression', {
      where: '--group-by',
      expected: 'name: and a pattern such as name:^([^_]+)_',
      got: (cause as Error).message,
    })
  }
}

/** Group that the rule gives each image; undefined where it gives none. Throws `ConfigError` where it groups no image at all. */
export function ruledGroups(images: readonly DatasetImage[], rule: GroupRule): (string | undefined)[] {
  const groups = images.map((image) => groupOf(image, rule))
  if (images.length === 0 || groups.some((group) => group !== undefined)) return groups
  const attributes = [...new Set(images.flatMap(({ attributes = {} }) => Object.keys(attributes)))]
  throw new ConfigError('no image belongs to a group', {
    where: '--group-by',
    expected: ['folder', 'name:PATTERN', ...attributes].join(', '),
    got: rule.by === 'attribute' ? rule.name : String(rule.by === 'name' ? rule.pattern : rule.by),
  })
}

function groupOf({ fileName, attributes }: DatasetImage, rule: GroupRule): string | undefined {
  if (rule.by === 'folder') return folderOf(fileName.replaceAll('\\', '/'))
  if (rule.by === 'attribute') {
    const value = attributes?.[rule.name]
    return value === undefined ? undefined : String(value)
  }
  const match = rule.pattern.exec(fileName)
  return match ? (match[1] ?? match[0]) : undefined
}

/** Pairs of places in the list whose pictures are equal or look the same, as the doctor sees it. */
export function likePictures(
  images: readonly DatasetImage[],
  probes: ReadonlyMap<string, ImageProbe>,
): [number, number][] {
  const pairs: [number, number][] = []
  const firsts = new Map<string, number>()
  const distinct: { place: number; probe: ProbedImage }[] = []
  for (const [place, { fileName }] of images.entries()) {
    const probe = decoded(probes.get(fileName))
    if (!probe) continue
    const first = firsts.get(probe.pixels)
    if (first !== undefined) pairs.push([first, place])
    else {
      firsts.set(probe.pixels, place)
      distinct.push({ place, probe })
    }
  }
  const like = findLikePairs(
    distinct.map(({ probe }) => probe),
    LOOKS_THE_SAME,
  )
  for (const { first, second } of like) pairs.push([distinct[first].place, distinct[second].place])
  return pairs
}

/** A number for each image, equal for those that keys or pairs join, also by way of others. */
export function joinedGroups(
  keys: readonly (string | undefined)[],
  pairs: readonly (readonly [number, number])[],
): number[] {
  const parents = keys.map((_, i) => i)
  const root = (i: number): number => {
    while (parents[i] !== i) {
      parents[i] = parents[parents[i]]
      i = parents[i]
    }
    return i
  }
  const join = (a: number, b: number) => {
    parents[Math.max(root(a), root(b))] = Math.min(root(a), root(b))
  }
  const firsts = new Map<string, number>()
  for (const [i, key] of keys.entries()) {
    if (key === undefined) continue
    const first = firsts.get(key)
    if (first === undefined) firsts.set(key, i)
    else join(first, i)
  }
  for (const [a, b] of pairs) join(a, b)
  return keys.map((_, i) => root(i))
}

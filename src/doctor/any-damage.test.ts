import { describe, expect, it } from 'vitest'
import { cleanFile, type Entry, type File, surveyOf } from '../../test/damaged-data.ts'
import { parseCoco } from '../formats/coco/coco.ts'
import { type Random, random } from '../tensor/random.ts'
import type { Repair } from './check.ts'
import { repeatedAnnotations } from './checks/repeated-annotations.ts'
import { CHECKS } from './checks.ts'
import { examine } from './examine.ts'
import { repairSurvey } from './repair.ts'

const VALUES: readonly unknown[] = [
  ...[null, true, '', '7', 'text', -1, 0, 0.5, 3, 1e9, -1e12, 1e300, Number.POSITIVE_INFINITY],
  ...[[], {}, [[]], [1], [1, 2, 3, 4], [[1, 2]], [[0, 0, 1e7, 0, 5, 5]], [[5, 5, 5, 5, 5, 5]], [null]],
  ...[
    { size: [80, 100], counts: [8000] },
    { size: [80, 100], counts: [0, 8000] },
    { size: [80, 100], counts: 'PX' },
  ],
  ...[
    { size: [1e9, 1e9], counts: [1e18] },
    { size: [0, 0], counts: [] },
    { size: [80, 100], counts: [-1, 8001] },
  ],
]

/** Replaces, removes or repeats something anywhere inside. */
function damage(value: unknown, source: Random): unknown {
  if (source.integer(3) === 0 || typeof value !== 'object' || value === null)
    return VALUES[source.integer(VALUES.length)]
  if (Array.isArray(value)) {
    if (value.length === 0) return VALUES[source.integer(VALUES.length)]
    const at = source.integer(value.length)
    const kind = source.integer(8)
    if (kind === 0) return value.toSpliced(at, 1)
    if (kind === 1) return [...value, value[at]]
    return value.with(at, damage(value[at], source))
  }
  const keys = Object.keys(value)
  const key = keys[source.integer(keys.length)]
  if (key === undefined) return VALUES[source.integer(VALUES.length)]
  const { [key]: member, ...rest } = value as Record<string, unknown>
  return source.integer(6) === 0 ? rest : { ...rest, [key]: damage(member, source) }
}

const COUNT = 150
const LISTS = ['images', 'annotations', 'annotations', 'categories'] as const

/** A copy of an entry with a member of another. */
function mixed(entries: readonly Entry[], at: number, source: Random): unknown {
  const [entry, other] = [entries[at], entries[source.integer(entries.length)]]
  if (!isObject(entry) || !isObject(other)) return entry
  const keys = Object.keys(other)
  const key = keys[source.integer(keys.length)]
  return { ...entry, [key]: other[key] }
}

/** Clean data with some damages: entries with anything inside, and copies of entries that differ in something. */
function damagedFile(seed: number, most: number): File {
  const source = random(7, seed)
  const { document, probes } = cleanFile()
  Object.assign(document.categories[0], { keypoints: ['middle', 'edge'], skeleton: [[1, 2]] })
  Object.assign(document.annotations[0], { keypoints: [12, 18, 2, 20, 18, 1], num_keypoints: 2 })
  let damaged = document
  for (let times = 1 + source.integer(most); times > 0; times--) {
    // The lists stay lists: what is inside them is the point.
    const list = LISTS[source.integer(LISTS.length)]
    const entries = damaged[list]
    // The first of each list are damaged more often: there are keypoints.
    const at = source.integer(1 + source.integer(entries.length))
    const kind = source.integer(5)
    const entry = (kind === 0 ? mixed(entries, at, source) : damage(entries[at], source)) as Entry
    damaged = { ...damaged, [list]: kind < 2 ? [...entries, entry] : entries.with(at, entry) }
  }
  for (const { file_name } of damaged.images.filter(isObject)) {
    if (source.integer(5) === 0) probes.set(file_name, { kind: 'missing' })
  }
  return { document: damaged, probes }
}

function isObject(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const ERRORS = CHECKS.filter(({ severity }) => severity === 'error')
const SEEDS = Array.from({ length: COUNT }, (_, seed) => seed)

describe(`data with any damage, ${COUNT} times,`, () => {
  it('is examined and repaired without an exception, and a repair leaves nothing to repair', () => {
    for (const seed of SEEDS) {
      const survey = surveyOf([damagedFile(seed, 8)])
      const reports = examine(survey)
      for (const { findings } of reports)
        for (const { detail } of findings) expect(detail).not.toMatch(/undefined|NaN/)
      const { survey: repaired } = repairSurvey(survey)
      examine(repaired)
      expect(repairSurvey(repaired).counts, `seed ${seed}`).toEqual([])
    }
  })

  it('is read where no error is told, before and after the repair', () => {
    let read = 0
    for (const seed of SEEDS) {
      const survey = surveyOf([damagedFile(seed, 2)])
      for (const each of [survey, repairSurvey(survey).survey]) {
        if (examine(each, ERRORS).length > 0) continue
        const text = JSON.stringify(each.files[0].document)
        expect(() => parseCoco(JSON.parse(text), `seed ${seed}`)).not.toThrow()
        read++
      }
    }
    expect(read).toBeGreaterThan(COUNT / 4)
  })

  it('keeps its annotations with the files they belong to', () => {
    for (const seed of SEEDS) {
      const survey = surveyOf([damagedFile(seed, 8)])
      const [file] = survey.files
      for (const { name, repair } of CHECKS) {
        const before = file.document as unknown as Document
        const after = changedBy([...(repair?.changes(file, survey) ?? [])], before)
        const [ownersBefore, ownersAfter] = [ownersOf(before), ownersOf(after)]
        const moved = ownersAfter.flatMap((owners, i) => {
          const isKept =
            after.annotations[i] === undefined || ownersBefore[i].every((owner) => owners.includes(owner))
          return isKept ? [] : [`annotations[${i}]`]
        })
        expect(moved, `${name}, seed ${seed}`).toEqual([])
      }
    }
  })

  it('loses none of several annotations that differ', () => {
    let removed = 0
    for (const seed of SEEDS) {
      const survey = surveyOf([damagedFile(seed, 8)])
      const before = survey.files[0].document as unknown as Document
      const repairs = [...(repeatedAnnotations.repair?.changes(survey.files[0], survey) ?? [])]
      const after = changedBy(repairs, before)
      expect(contents(after.annotations), `seed ${seed}`).toEqual(contents(before.annotations))
      removed += repairs.length
    }
    expect(removed).toBeGreaterThan(0)
  })
})

type Document = Record<(typeof LISTS)[number], (Entry | undefined)[]>

/** The document with each change in its place; undefined where an entry was removed. */
function changedBy(repairs: readonly Repair[], { images, annotations, categories }: Document): Document {
  const changed = { images: [...images], annotations: [...annotations], categories: [...categories] }
  for (const { list, index, entry } of repairs) changed[list][index] = entry
  return changed
}

/** The files that each annotation may belong to: several where an id is used twice. */
function ownersOf({ images, annotations }: Document): string[][] {
  const files = new Map<unknown, string[]>()
  for (const image of images.filter(isObject)) {
    if (!Number.isInteger(image.id)) continue
    const others = files.get(image.id) ?? []
    files.set(image.id, others.includes(image.file_name) ? others : [...others, image.file_name])
  }
  return annotations.map((annotation) => (isObject(annotation) && files.get(annotation.image_id)) || [])
}

/** What is annotated, ids apart, each once. */
function contents(annotations: readonly (Entry | undefined)[]): Set<string> {
  return new Set(annotations.filter(isObject).map(({ id, ...rest }) => JSON.stringify(rest, sorted)))
}

/** Members in one order, however they stood. */
function sorted(_: string, value: unknown): unknown {
  return isObject(value)
    ? Object.fromEntries(
        Object.keys(value)
          .sort()
          .map((key) => [key, value[key]]),
      )
    : value
}

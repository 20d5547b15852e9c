import { describe, expect, it } from 'vitest'
import { CHECK_GROUPS, CHECKS } from '../src/doctor/checks.ts'
import { examine } from '../src/doctor/examine.ts'
import type { ImageProbe, ProbedImage } from '../src/doctor/image-probe.ts'
import { indexCoco } from '../src/doctor/raw-coco.ts'
import { repairSurvey } from '../src/doctor/repair.ts'
import type { Survey } from '../src/doctor/survey.ts'
import { polygonToRle } from '../src/geometry/polygon.ts'
import { encodeRle } from '../src/geometry/rle.ts'
import { random } from '../src/tensor/random.ts'

// biome-ignore lint/suspicious/noExplicitAny: entries are damaged in every way there is
export type Entry = Record<string, any>
export interface File {
  document: { images: Entry[]; annotations: Entry[]; categories: Entry[]; [other: string]: unknown }
  probes: Map<string, ImageProbe>
  dialect?: { line: number; column: number; what: string }[]
}

export const WIDTH = 100
export const HEIGHT = 80

/**
 * Three images of 100 x 80 with eight objects of 20 x 16 each, four columns and two rows, as polygons in the first two and as
 * run lengths in the third; two categories in turn. Pictures and ids follow from `number`.
 */
export function cleanFile(number = 0): File {
  const images = [1, 2, 3].map((i) => ({
    ...{ id: 10 * number + i, file_name: `${number}-${i}.png`, width: WIDTH, height: HEIGHT },
  }))
  const annotations = images.flatMap((image, i) =>
    Array.from({ length: 8 }, (_, place) => {
      const [x, y] = [2 + 24 * (place % 4), 10 + 40 * Math.floor(place / 4)]
      const ring = [x, y, x + 20, y, x + 20, y + 16, x, y + 16]
      return {
        id: 100 * number + 8 * i + place + 1,
        image_id: image.id,
        category_id: 1 + (place % 2),
        bbox: [x, y, 20, 16],
        area: 320,
        iscrowd: 0,
        segmentation: i < 2 ? [ring] : plain(polygonToRle(ring, { width: WIDTH, height: HEIGHT })),
      }
    }),
  )
  const categories = [
    { id: 1, name: 'cell' },
    { id: 2, name: 'dead cell' },
  ]
  const probes = new Map(images.map(({ file_name, id }) => [file_name, probed(id)]))
  return { document: { info: { description: 'clean' }, images, annotations, categories }, probes }
}

export function plain({ size, counts }: { size: readonly number[]; counts: ArrayLike<number> }): Entry {
  return { size: [...size], counts: Array.from(counts) }
}

export function probed(seed: number, change: Partial<ProbedImage> = {}): ProbedImage {
  const source = random(seed)
  const size = { width: WIDTH, height: HEIGHT }
  const thumbnail = Uint8Array.from({ length: 1024 }, () => source.integer(256))
  return {
    kind: 'image',
    stored: size,
    shown: size,
    orientation: 1,
    pixels: `picture ${seed}`,
    thumbnail,
    ...change,
  }
}

export function surveyOf(files: readonly File[]): Survey {
  return {
    files: files.map((file, i) => indexCoco({ name: `${i}.json`, ...file })),
    // One anchor of each size from 32 to 512, images enlarged to 800 pixels: the objects have 200 x 160.
    detector: {
      name: 'test',
      anchors: [32, 64, 128, 256, 512].map((side) => ({ width: side, height: side })),
      resized: ({ width, height }) => {
        const scale = 800 / Math.min(width, height)
        return { width: width * scale, height: height * scale }
      },
      finestStride: 4,
    },
  }
}

export function found(survey: Survey): Record<string, string[]> {
  const reports = examine(survey)
  return Object.fromEntries(
    reports.map(({ check, findings }) => [
      check.name,
      findings.map(({ file, where }) => `${file} ${where}`.trim()),
    ]),
  )
}

export type Damage = (file: File, files: File[]) => void

export interface Case {
  readonly check: string
  readonly damage: Damage
  /** All that is found, by check; `0.json annotations[3]` and the like. */
  readonly finds: Readonly<Record<string, readonly string[]>>
  /** Something close to it that is not wrong. */
  readonly nearMiss: Damage
  /** What is found after the repair, where there is one; nothing by default. */
  readonly left?: Readonly<Record<string, readonly string[]>>
}

function damaged(damage: Damage): File[] {
  const files = [cleanFile()]
  damage(files[0], files)
  return files
}

export const at = (...indices: number[]) => indices.map((i) => `0.json annotations[${i}]`)
export const images = (...indices: number[]) => indices.map((i) => `0.json images[${i}]`)
export const one = (check: string, ...places: string[]) => ({ [check]: places })
export const edit =
  (index: number, change: Entry): Damage =>
  ({ document }) => {
    Object.assign(document.annotations[index], change)
  }
export const editAll =
  (change: (annotation: Entry, index: number) => Entry): Damage =>
  ({ document }) => {
    document.annotations = document.annotations.map((annotation, i) => ({
      ...annotation,
      ...change(annotation, i),
    }))
  }
export const editImage =
  (index: number, change: Entry): Damage =>
  ({ document }) => {
    Object.assign(document.images[index], change)
  }
export const probe =
  (index: number, change: ImageProbe): Damage =>
  ({ document, probes }) => {
    probes.set(document.images[index].file_name, change)
  }
export const both =
  (...damages: Damage[]): Damage =>
  (file, files) => {
    for (const damage of damages) damage(file, files)
  }
/** Ring of the first object, 2, 10 to 22, 26, with other points. */
export const ring = (...points: number[]) => ({ segmentation: [points] })
export const rle = (ones: (x: number, y: number) => boolean) =>
  plain(
    encodeRle(
      Array.from({ length: WIDTH * HEIGHT }, (_, i) => ones(i % WIDTH, Math.floor(i / WIDTH))),
      { width: WIDTH, height: HEIGHT },
    ),
  )
/** Adds an object of its own place: in the free band at the bottom of an image, 66 to 80. */
export const add =
  (entry: Entry): Damage =>
  ({ document }) => {
    document.annotations.push({ id: 500, image_id: 1, category_id: 1, iscrowd: 0, ...entry })
  }
export const second = (damage: (file: File) => void): Damage => {
  return (_, files) => {
    files.push(cleanFile(1))
    damage(files[1])
  }
}
export const turned = {
  stored: { width: HEIGHT, height: WIDTH },
  shown: { width: WIDTH, height: HEIGHT },
  orientation: 6,
}

/** A test for each case: the check finds the damage and nothing else does, the near miss is none, and the repair repairs. */
export function testCases(group: string, cases: readonly Case[]): void {
  describe(group, () => {
    it('has a case for every check', () => {
      const checks = CHECK_GROUPS[group].map(({ name }) => name)
      expect(cases.map(({ check }) => check).sort()).toEqual(checks.sort())
    })

    it.each(cases)('$check', ({ check, damage, finds, nearMiss, left }) => {
      const files = damaged(damage)
      expect(found(surveyOf(files))).toEqual(finds)
      expect(found(surveyOf(damaged(nearMiss)))[check]).toBeUndefined()

      const before = structuredClone(files.map(({ document }) => document))
      const { survey } = repairSurvey(surveyOf(files))
      expect(files.map(({ document }) => document)).toEqual(before)
      const repairs = CHECKS.some(({ name, repair }) => name === check && repair)
      expect(found(survey)).toEqual(left ?? (repairs ? {} : finds))
    })
  })
}

import { describe, expect, it } from 'vitest'
import { MemoryFolder } from '../../test/memory-folder.ts'
import type { Annotation, Dataset } from '../data/dataset.ts'
import { Losses } from '../data/losses.ts'
import type { DataFormat } from './format.ts'
import { labelme } from './labelme/labelme.ts'
import { pascalVoc } from './pascal-voc/pascal-voc.ts'
import { via } from './via/via.ts'

/** A box of each category but the last. */
function datasetOf(names: readonly string[]): Dataset {
  const own = names.slice(0, -1).map((_, i): Annotation => {
    return { id: i + 1, imageId: 1, categoryId: i + 1, box: [1, 1, 3, 3], area: 4, isCrowd: false }
  })
  return {
    images: [{ id: 1, fileName: 'a.png', width: 4, height: 4 }],
    annotations: new Map([[1, own]]),
    categories: names.map((name, i) => ({ id: i + 1, name })),
  }
}

async function roundTrip(format: DataFormat, names: readonly string[]) {
  const target = new MemoryFolder()
  const losses = new Losses()
  await format.write([{ name: '', dataset: datasetOf(names) }], target, { losses })
  const [{ dataset }] = await format.read(target, { losses })
  const used = (dataset.annotations.get(1) ?? []).map(({ categoryId }) => categoryId)
  const changes = losses.changed.filter(({ what }) => what.startsWith('names of categories'))
  return { names: dataset.categories.map(({ name }) => name), used, changes, lost: losses.lost }
}

const ODD = [' lead', 'a  b', '#1', '# x', 'a:1,2,3', 'tab\tand\r\nline ', 'unused ']
const PLAIN = ['lead', 'a  b', '#1', '# x', 'a:1,2,3', 'tab\tand line', 'unused']

describe('names of categories', () => {
  it.each([
    ['labelme', labelme],
    ['pascal-voc', pascalVoc],
  ])('are written to %s as they are read back, and counted where that is another', async (_, format) => {
    const { names, used, changes, lost } = await roundTrip(format, ODD)
    expect(names).toEqual(PLAIN)
    expect(used).toEqual([1, 2, 3, 4, 5, 6])
    expect(lost).toEqual([])
    expect(changes).toEqual([
      {
        what: 'names of categories written without line breaks, control characters and spaces around them',
        count: 3,
        where: ['" lead" as "lead"', '"tab\\tand\\r\\nline " as "tab\\tand line"', '"unused " as "unused"'],
      },
    ])
  })

  it('come back from VIA as they are', async () => {
    expect(await roundTrip(via, ODD)).toEqual({ names: ODD, used: [1, 2, 3, 4, 5, 6], changes: [], lost: [] })
  })

  it.each([
    ['labelme', labelme],
    ['pascal-voc', pascalVoc],
  ])('that %s could not tell apart are refused', async (_, format) => {
    await expect(roundTrip(format, ['lead', 'x', 'lead '])).rejects.toThrow(
      'categories: two would be written by one name; expected names that differ in more than line breaks, control characters and spaces around them, got "lead" and "lead ". Rename one of them in the source',
    )
  })

  it.each([
    ['labelme', labelme],
    ['pascal-voc', pascalVoc],
    ['via', via],
  ])('that are blank are refused for %s', async (_, format) => {
    await expect(roundTrip(format, ['x', ' '])).rejects.toThrow(
      'categories: category has no name; expected text, got " ". Rename it in the source',
    )
  })
})

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Dataset } from '../../data/dataset.ts'
import { editedLabels } from '../../formats/coco/edited-labels.ts'
import { openJournal, withJournal } from './label-journal.ts'

const START: Dataset = {
  images: ['a.png', 'b.png'].map((fileName, i) => ({ id: i + 3, fileName, width: 40, height: 30 })),
  annotations: new Map(),
  categories: [{ id: 1, name: 'leaf' }],
}
let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-journal-'))
  file = join(folder, 'labels.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

const object = (id: number, image_id: number, category_id = 1) => ({
  ...{ id, image_id, category_id, iscrowd: 0, segmentation: [[5, 6, 15, 6, 15, 10 + id]] },
})
const journals = () => readdirSync(folder).filter((name) => name.includes('.changes-'))
const idsOf = ({ annotations }: Dataset) =>
  [...annotations]
    .map(([image, own]) => [image, own.map(({ id }) => id)])
    .filter(([, ids]) => (ids as number[]).length > 0)

/** Each change is one line; what the labels are after each. */
async function edited() {
  const journal = await openJournal(file)
  const labels = editedLabels(START, journal.add)
  const states: unknown[] = [idsOf(labels.dataset)]
  const edits = [
    () => labels.setObjects(3, [object(1, 3)]),
    () => labels.setObjects(4, [object(2, 4), object(3, 4)]),
    () => labels.setCategories([...START.categories, { id: 2, name: 'ähre' }]),
    () => labels.setObjects(3, [object(1, 3), object(4, 3, 2)]),
    () => labels.setObjects(4, []),
  ]
  for (const edit of edits) {
    await edit()
    states.push(idsOf(labels.dataset))
  }
  return { journal, labels, states }
}

it('has every change again that was said to be stored, wherever the file ends', async () => {
  const { states } = await edited()
  const path = join(folder, journals()[0])
  const bytes = readFileSync(path)
  // All places about the ends of lines and of letters of two bytes, and some of the others.
  const isOdd = (at: number) => bytes[at] === 10 || bytes[at] > 127
  for (let length = 0; length <= bytes.length; length++) {
    if (length % 9 > 0 && ![-1, 0, 1].some((by) => isOdd(length + by))) continue
    writeFileSync(path, bytes.subarray(0, length))
    const { dataset, count } = await withJournal(file, START)
    expect(count).toBe(bytes.subarray(0, length).toString().split('\n').length - 1)
    expect(idsOf(dataset)).toEqual(states[count])
  }
  expect((await withJournal(file, START)).dataset.categories).toMatchObject([
    { name: 'leaf' },
    { name: 'ähre' },
  ])
})

it('says the same when it is read once more after it was folded', async () => {
  await edited()
  const once = await withJournal(file, START)
  const twice = await withJournal(file, once.dataset)
  expect(twice.dataset).toEqual(once.dataset)
})

it('keeps what comes while it is folded, and what could not be folded', async () => {
  const { journal, labels } = await edited()
  await expect(
    journal.fold(async () => {
      throw new Error('disk full')
    }),
  ).rejects.toThrow('disk full')
  expect([journals().length, journal.hasChanges]).toEqual([1, true])
  await journal.fold(async () => {
    await labels.setObjects(4, [object(9, 4)])
  })
  expect([journals().length, journal.hasChanges]).toEqual([1, true])
  expect(idsOf((await withJournal(file, START)).dataset)).toEqual([[4, [9]]])
  await journal.fold(async () => {})
  expect([journals(), journal.hasChanges]).toEqual([[], false])
})

it('goes on beside journals that were left, and finds images by their files', async () => {
  await edited()
  const labels = editedLabels(START, (await openJournal(file)).add)
  await labels.setObjects(4, [object(7, 4)])
  expect(journals().length).toBe(2)
  // The other way round, and one that is new.
  const renumbered: Dataset = {
    ...START,
    images: [
      { ...START.images[1], id: 1 },
      { ...START.images[1], fileName: 'c.png', id: 2 },
      { ...START.images[0], id: 9 },
    ],
  }
  expect(idsOf((await withJournal(file, renumbered)).dataset)).toEqual([
    [9, [1, 4]],
    [1, [7]],
  ])
})

it('refuses a journal that something else wrote, and says where', async () => {
  writeFileSync(join(folder, '.labels.json.changes-1'), 'no change\n')
  await expect(withJournal(file, START)).rejects.toThrow(/changes-1:1.*cannot be read|cannot be read/)
})

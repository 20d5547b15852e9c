/** Changes of labels in files beside them, a line each: what is too large to be written anew each time is written at pauses. */
import { type FileHandle, open, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { annotationsOf, type Dataset } from '../../data/dataset.ts'
import { foldedName } from '../../data/file-lookup.ts'
import { DataError } from '../../errors.ts'
import { annotationParser, parseCategories, parseImages } from '../../formats/coco/coco.ts'
import { annotationJson, categoryJson, imageJson } from '../../formats/coco/coco-writer.ts'
import type { LabelChanges } from '../../formats/coco/edited-labels.ts'
import { loadFile } from '../../node/files.ts'
import { reasonOf } from '../../node/system-reasons.ts'

/** All that is said of an image, in place of what was said before; or all categories. */
type Line =
  | { readonly image: unknown; readonly annotations: readonly unknown[] }
  | { readonly categories: readonly unknown[] }

const LINE_END = 10

export interface LabelJournal {
  /** Resolves once the changes are flushed to the disk. */
  add(dataset: Dataset, changes: LabelChanges): Promise<void>
  /**
   * Has `write` put the labels as they are now where they are kept; what is added meanwhile stands in another file. Then what
   * was added before is removed.
   */
  fold(write: () => Promise<void>): Promise<void>
  /** Whether something was added that is not folded. */
  readonly hasChanges: boolean
}

/** Of the labels in a file: beside it lie `.NAME.changes-1` and so on. */
export async function openJournal(file: string): Promise<LabelJournal> {
  let number = (await numbersOf(file)).at(-1) ?? 0
  let handle: FileHandle | undefined
  let hasChanges = number > 0
  let before: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const mine = before.then(work)
    before = mine.catch(() => {})
    return mine
  }
  return {
    get hasChanges() {
      return hasChanges
    },
    add: (dataset, changes) =>
      inTurn(async () => {
        if (!handle) handle = await open(pathOf(file, ++number), 'ax')
        hasChanges = true
        try {
          await handle.appendFile(textOf(dataset, changes))
          await handle.sync()
        } catch (error) {
          // Half a line may be in it: nothing is to follow that.
          await handle.close().catch(() => {})
          handle = undefined
          throw cannotWrite(error, file)
        }
      }),
    fold: async (write) => {
      const last = await inTurn(async () => {
        await handle?.close()
        handle = undefined
        hasChanges = false
        return number
      })
      try {
        await write()
      } catch (error) {
        hasChanges = true
        throw error
      }
      for (const one of await numbersOf(file)) if (one <= last) await rm(pathOf(file, one), { force: true })
    },
  }
}

/**
 * The labels with what journals beside their file say, and how many lines those have. Images are found by their files; a last
 * line that was cut short was never said to be saved. Throws `DataError` for lines that cannot be read.
 */
export async function withJournal(
  file: string,
  labels: Dataset,
): Promise<{ readonly dataset: Dataset; readonly count: number }> {
  const images = [...labels.images]
  const annotations = new Map(labels.annotations)
  let { categories } = labels
  const placeOf = new Map(images.map(({ fileName }, i) => [foldedName(fileName), i]))
  let mostId = images.reduce((most, { id }) => Math.max(most, id), 0)
  let count = 0
  const take = (line: Line, where: string) => {
    if ('categories' in line) {
      categories = parseCategories(line.categories, where)
      return
    }
    const [said] = parseImages([line.image], where)
    const place = placeOf.get(foldedName(said.fileName)) ?? images.length
    const id = images[place]?.id ?? mostId + 1
    mostId = Math.max(mostId, id)
    placeOf.set(foldedName(said.fileName), place)
    images[place] = { ...said, id }
    const parser = annotationParser([images[place]], categories, where)
    for (const [i, one] of line.annotations.entries()) parser.add({ ...(one as object), image_id: id }, i)
    annotations.set(id, parser.byImage.get(id) ?? [])
  }
  for (const number of await numbersOf(file)) {
    const path = pathOf(file, number)
    const bytes = await loadFile(path)
    // Cut between bytes, as it may have been: half a letter is none.
    const whole = bytes.subarray(0, bytes.lastIndexOf(LINE_END) + 1)
    const lines = new TextDecoder().decode(whole).split('\n').slice(0, -1)
    for (const [i, line] of lines.entries()) take(parsedLine(line, `${path}:${i + 1}`), `${path}:${i + 1}`)
    count += lines.length
  }
  return { dataset: { images, annotations, categories }, count }
}

function parsedLine(text: string, where: string): Line {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const hint = 'Move the file away to go on without the changes in it'
    throw new DataError('changes of labels cannot be read', { where, hint }, { cause })
  }
}

function cannotWrite(cause: unknown, file: string): DataError {
  const got = reasonOf(cause)
  return new DataError('the change cannot be kept beside the labels', { where: file, got }, { cause })
}

/** Categories before the objects that may need them. */
function textOf(dataset: Dataset, { images, hasCategories }: LabelChanges): string {
  const lines: Line[] = hasCategories ? [{ categories: dataset.categories.map(categoryJson) }] : []
  for (const image of dataset.images) {
    if (!images.has(image.id)) continue
    lines.push({ image: imageJson(image), annotations: annotationsOf(dataset, image.id).map(annotationJson) })
  }
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

/** Hidden, so that no program takes them for labels. */
function pathOf(file: string, number: number): string {
  return join(dirname(file), `.${basename(file)}.changes-${number}`)
}

/** Of the journals that there are, in their order. */
async function numbersOf(file: string): Promise<number[]> {
  const start = `.${basename(file)}.changes-`
  const names = await readdir(dirname(file)).catch((): string[] => [])
  return names
    .filter((name) => name.startsWith(start))
    .map((name) => Number(name.slice(start.length)))
    .filter(Number.isSafeInteger)
    .sort((a, b) => a - b)
}

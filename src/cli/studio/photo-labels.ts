/** The photos of a folder with the labels that there are, as the studio edits them. */
import { existsSync } from 'node:fs'
import { constants, copyFile, stat } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { annotationsOf, type Dataset } from '../../data/dataset.ts'
import { DataError } from '../../errors.ts'
import type { LabelChanges } from '../../formats/coco/edited-labels.ts'
import {
  labelledPhotosText,
  parseLabelledPhotos,
  unnamedFiles,
  withPhotos,
} from '../../formats/coco/labelled-photos.ts'
import { counted } from '../../names/counted.ts'
import { loadJson, writeFileAtomic } from '../../node/files.ts'
import { listImages } from '../../node/image-list.ts'
import { readSizes } from '../photos/data-facts.ts'
import { findLabels } from '../photos/found-labels.ts'
import { say } from '../print.ts'
import { openJournal, withJournal } from './label-journal.ts'

/** What `train` takes first for the labels of a folder. */
const LABELS_FILE = 'annotations.json'
/** Of nothing yet. */
const FIRST_CATEGORY = { id: 1, name: 'object' }

export interface PhotoLabels {
  readonly dataset: Dataset
  /** Where labels are kept: a COCO file. */
  readonly file: string
  /**
   * Resolves once the changes are flushed to the disk: in the file itself, or, where that is large, in a journal beside it, which
   * is folded into it at pauses. What was there before the studio stays beside it, once.
   */
  store(this: void, dataset: Dataset, changes: LabelChanges): Promise<void>
  /** Folds what is in journals. */
  close(this: void): Promise<void>
}

/** Bytes of a file that is written anew at each change. */
const MOST_WRITTEN = 4 * 2 ** 20
/** Without a change, before a journal is folded. */
const PAUSE_MS = 5000

/** Throws `DataError` where there are no images, or labels that cannot be read. */
export async function photoLabels(
  photos: string,
  named: string | undefined,
  signal: AbortSignal,
  mostWritten = MOST_WRITTEN,
): Promise<PhotoLabels> {
  const files = await listImages(photos)
  const file = named ?? join(photos, LABELS_FILE)
  const isThere = existsSync(file)
  const before = isThere
    ? parseLabelledPhotos(await loadJson(file), file)
    : await labelsElsewhere(photos, files, signal)
  const { dataset: last, count } = await withJournal(file, before)
  if (count > 0) say(`${counted(count, 'change')} of a studio that was ended at once: taken in`)
  const dataset = await allPhotos(photos, files, last, signal)
  const journal = await openJournal(file)
  let isKept = !isThere
  let now = dataset
  let timer: NodeJS.Timeout | undefined
  let folding: Promise<void> = Promise.resolve()
  const keep = async () => {
    if (!isKept) await keepBeside(file)
    isKept = true
  }
  const fold = async () => {
    clearTimeout(timer)
    if (!journal.hasChanges) return
    await journal.fold(() => {
      // Changes that come meanwhile are not to be half in it.
      const state = { ...now, annotations: new Map(now.annotations) }
      return writeFileAtomic(file, labelledPhotosText(state))
    })
  }
  const foldSoon = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      // What cannot be folded stays in the journal, and is tried again with the next change or at the end.
      folding = folding.then(fold).catch((error) => say((error as Error).message))
    }, PAUSE_MS)
    timer.unref()
  }
  if (journal.hasChanges) foldSoon()
  return {
    dataset,
    file,
    store: async (edited, changes) => {
      now = edited
      await keep()
      const size = await stat(file).then(
        (found) => found.size,
        () => 0,
      )
      if (size <= mostWritten && !journal.hasChanges) return writeFileAtomic(file, labelledPhotosText(edited))
      await journal.add(edited, changes)
      foldSoon()
    },
    close: async () => {
      clearTimeout(timer)
      await folding
      await fold()
    },
  }
}

/** A copy of the first state is not replaced by later ones. */
async function keepBeside(file: string): Promise<void> {
  const copy = `${file.replace(/\.json$/i, '')}.before-studio.json`
  await copyFile(file, copy, constants.COPYFILE_EXCL).then(
    () => say(`the labels as they were: ${copy}`),
    (error) => {
      if (error.code !== 'EEXIST') throw new DataError('cannot keep the labels as they were', { where: copy })
    },
  )
}

/** Labels in another place or format are where the studio begins; they stay as they are. */
async function labelsElsewhere(
  photos: string,
  files: readonly string[],
  signal: AbortSignal,
): Promise<Dataset> {
  const found = await findLabels(photos, files, { signal })
  if (!found) return { images: [], annotations: new Map(), categories: [FIRST_CATEGORY] }
  const { dataset, images: folder = photos } = found.split
  say(`begins with the labels of ${found.source}`)
  const images = dataset.images.map((image) => ({
    ...image,
    fileName: nameIn(photos, join(folder, image.fileName)),
  }))
  return { ...dataset, images }
}

/** All photos of the folder; those that cannot be read are told. */
async function allPhotos(
  photos: string,
  files: readonly string[],
  labels: Dataset,
  signal: AbortSignal,
): Promise<Dataset> {
  const names = files.map((file) => nameIn(photos, file))
  const unnamed = unnamedFiles(labels, names)
  const paths = unnamed.map((name) => join(photos, name))
  const sizes = await readSizes(paths, (message) => say(`passed over: ${message}`), signal)
  const further = new Map(
    unnamed.flatMap((name, i) => {
      const size = sizes[i]
      return size ? [[name, size] as const] : []
    }),
  )
  const all = withPhotos(labels, names, further)
  const { length } = all.images
  if (length === 0) throw new DataError('no image can be read', { where: photos })
  const labelled = all.images.filter((image) => annotationsOf(labels, image.id).length > 0).length
  const unread = unnamed.length - further.size
  say(`${counted(length, 'image')}, ${labelled} with labels${unread > 0 ? `, ${unread} unreadable` : ''}`)
  return all
}

function nameIn(folder: string, file: string): string {
  return relative(resolve(folder), resolve(file)).split(sep).join('/')
}

/** A project in a folder of this machine that people let the page read and write: its photos, and `annotations.json` among them. */
import type { Dataset } from '../../../../src/data/dataset.ts'
import { foldedName } from '../../../../src/data/file-lookup.ts'
import { editedLabels } from '../../../../src/formats/coco/edited-labels.ts'
import {
  labelledPhotosText,
  parseLabelledPhotos,
  unnamedFiles,
  withPhotos,
} from '../../../../src/formats/coco/labelled-photos.ts'
import type { Size } from '../../../../src/geometry/boxes.ts'
import type { ProjectDocument } from '../project/coco-document.ts'
import type { Place } from '../project/place.ts'
import { TEXTS } from '../texts.ts'
import { photoSize, photosAmong, shownPhoto } from './photo-files.ts'

const LABELS_FILE = 'annotations.json'
const FIRST_STATE = 'annotations.before-studio.json'
const NOTHING: Dataset = { images: [], annotations: new Map(), categories: [{ id: 1, name: 'object' }] }

/**
 * @param id that no other folder has
 * @param tell is told which photos cannot be read
 * Throws an `Error` where there are none, or labels that cannot be read.
 */
export async function openFolderPlace(
  folder: FileSystemDirectoryHandle,
  id: string,
  tell: (problem: string) => void,
): Promise<Place> {
  const files = await photosIn(folder)
  const before = await textOf(folder, LABELS_FILE)
  const labels = before === undefined ? NOTHING : parseLabelledPhotos(JSON.parse(before), LABELS_FILE)
  const dataset = await allPhotos(labels, files, tell)
  if (dataset.images.length === 0) throw new Error(TEXTS.noPhotos(folder.name))
  const names = new Map(dataset.images.map((image) => [image.id, foldedName(image.fileName)]))
  const fileOf = async (imageId: number) => {
    const file = files.get(names.get(imageId) ?? '')
    if (!file) throw new Error(TEXTS.photoGone)
    return file.getFile()
  }
  let isKept = before === undefined || (await textOf(folder, FIRST_STATE)) !== undefined
  const edited = editedLabels(dataset, async (now) => {
    if (!isKept) await write(folder, FIRST_STATE, [before as string])
    isKept = true
    await write(folder, LABELS_FILE, labelledPhotosText(now))
  })
  return {
    project: {
      ...(edited.document() as Pick<ProjectDocument, 'images' | 'annotations' | 'categories'>),
      ...{ name: folder.name, labelsFile: `folder ${id}` },
    },
    file: fileOf,
    picture: async (imageId) => shownPhoto(await fileOf(imageId)),
    storeObjects: edited.setObjects,
    storeCategories: edited.setCategories,
    storeChecked: edited.setChecked,
    leave: { text: TEXTS.closeFolder, act: async () => {} },
  }
}

async function photosIn(folder: FileSystemDirectoryHandle): Promise<Map<string, FileSystemFileHandle>> {
  const handles = new Map<string, FileSystemFileHandle>()
  for await (const entry of folder.values()) if (entry.kind === 'file') handles.set(entry.name, entry)
  const names = photosAmong([...handles.keys()].map((name) => ({ name })))
  return new Map(names.map(({ name }) => [foldedName(name), handles.get(name) as FileSystemFileHandle]))
}

/** All photos of the folder. */
async function allPhotos(
  labels: Dataset,
  files: ReadonlyMap<string, FileSystemFileHandle>,
  tell: (problem: string) => void,
): Promise<Dataset> {
  const names = [...files.values()].map(({ name }) => name)
  const further = new Map<string, Size>()
  for (const name of unnamedFiles(labels, names)) {
    try {
      const handle = files.get(foldedName(name)) as FileSystemFileHandle
      further.set(name, await photoSize(await handle.getFile()))
    } catch (error) {
      tell(TEXTS.passedOver(name, (error as Error).message))
    }
  }
  return withPhotos(labels, names, further)
}

/** Undefined where there is no such file. */
async function textOf(folder: FileSystemDirectoryHandle, name: string): Promise<string | undefined> {
  const handle = await folder.getFileHandle(name).catch((error: DOMException) => {
    if (error.name === 'NotFoundError') return undefined
    throw error
  })
  return handle && (await handle.getFile()).text()
}

/** The browser writes it to a temporary file, which takes the place of the old one when it is closed. */
async function write(folder: FileSystemDirectoryHandle, name: string, text: Iterable<string>): Promise<void> {
  const file = await (await folder.getFileHandle(name, { create: true })).createWritable()
  try {
    await file.write(new Blob([...text]))
    await file.close()
  } catch (error) {
    await file.abort().catch(() => {})
    throw error
  }
}

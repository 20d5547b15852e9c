/** A project that the browser itself keeps: photos and labels. */
import { foldedName } from '../../../../src/data/file-lookup.ts'
import { storedRun } from '../learning/stored-run.ts'
import type { StudioCategory, StudioImage, StudioObject } from '../project/coco-document.ts'
import type { GivenFile, Place } from '../project/place.ts'
import { TEXTS } from '../texts.ts'
import type { Database } from './database.ts'
import { freeName, photoSize, photosAmong, shownPhoto } from './photo-files.ts'

interface KeptPhoto extends StudioImage {
  readonly file: File
}

const CATEGORIES = 'categories'
const FIRST_CATEGORY: StudioCategory = { id: 1, name: 'object' }
const LABELS_FILE = `browser ${new URL('.', location.href).pathname}`

/** With no images where nothing was kept yet. */
export async function openBrowserPlace(database: Database): Promise<Place> {
  const photos = await database.all<KeptPhoto>('photos')
  const objects = await database.all<readonly StudioObject[]>('objects')
  const categories = await database.get<readonly StudioCategory[]>('facts', CATEGORIES)
  const taken = new Set(photos.map(({ file_name }) => foldedName(file_name)))
  const fileOf = async (imageId: number) => {
    const photo = await database.get<KeptPhoto>('photos', imageId)
    if (!photo) throw new Error(TEXTS.photoGone)
    return photo.file
  }
  return {
    project: {
      name: TEXTS.browserProject,
      labelsFile: LABELS_FILE,
      images: photos.map(imageOf),
      annotations: objects.flat(),
      categories: categories ?? [FIRST_CATEGORY],
    },
    file: fileOf,
    picture: async (imageId) => shownPhoto(await fileOf(imageId)),
    storeObjects: (imageId, own) =>
      database.write(['objects'], (storeOf) => {
        storeOf('objects').put(own, imageId)
      }),
    storeCategories: (changed) =>
      database.write(['facts'], (storeOf) => {
        storeOf('facts').put(changed, CATEGORIES)
      }),
    storeChecked: async (imageId, checked) => {
      const photo = await database.get<KeptPhoto>('photos', imageId)
      if (!photo) throw new Error(TEXTS.photoGone)
      await database.write(['photos'], (storeOf) => {
        storeOf('photos').put({ ...photo, checked })
      })
    },
    add: async (given, tell) => {
      const added: StudioImage[] = []
      for (const { name, file } of photosAmong(given)) {
        try {
          const photo = await keepPhoto(database, { name: freeName(name, taken), file })
          taken.add(foldedName(photo.file_name))
          added.push(photo)
        } catch (error) {
          tell(TEXTS.passedOver(name, (error as Error).message))
        }
      }
      return added
    },
    leave: {
      text: TEXTS.clear,
      question: TEXTS.clearQuestion,
      act: async () => {
        // Of a training too, which has labels, and pictures in its reports.
        await storedRun(database, LABELS_FILE).remove()
        await database.write(['photos', 'objects', 'facts'], (storeOf) => {
          for (const store of ['photos', 'objects', 'facts'] as const) storeOf(store).clear()
        })
      },
    },
  }
}

async function keepPhoto(database: Database, { name, file }: GivenFile): Promise<StudioImage> {
  const about = { file_name: name, ...(await photoSize(file)), checked: false }
  const request = await database.write(['photos'], (storeOf) => storeOf('photos').add({ ...about, file }))
  return { id: request.result as number, ...about }
}

function imageOf({ id, file_name, width, height, checked = false }: KeptPhoto): StudioImage {
  return { id, file_name, width, height, checked }
}

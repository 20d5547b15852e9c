/** The page where no studio serves it: photos and labels are kept by the browser, or in a folder that it is let into. */
import type { GivenFile, Place } from '../project/place.ts'
import { TEXTS } from '../texts.ts'
import { openBrowserPlace } from './browser-place.ts'
import { type Database, openDatabase } from './database.ts'
import { type AccessibleFolder, folderPicker } from './folder-access.ts'
import { openFolderPlace } from './folder-place.ts'
import { StartPage } from './start-page.tsx'

interface Shown {
  /** @param problems what could not be taken in */
  readonly place: (place: Place, problems: readonly string[]) => Promise<void>
  readonly start: (page: preact.VNode) => void
}

/** Of folders that were opened; `folder` among the facts is the id of the one that was open last. */
interface KnownFolder {
  readonly id: string
  readonly handle: AccessibleFolder
}
const OPEN_FOLDER = 'folder'
const WRITING = { mode: 'readwrite' } as const

/** Shows what was worked on before, or where to begin. */
export async function openSite(shown: Shown): Promise<void> {
  // The page works without it, with a network.
  navigator.serviceWorker?.register('service-worker.js').catch(() => {})
  const opened = await openDatabase().catch((error: Error) => error)
  if (opened instanceof Error) {
    shown.start(<StartPage before={[]} problem={opened.message} onPhotos={() => Promise.reject(opened)} />)
    return
  }
  const kept = await openBrowserPlace(opened)
  const folder = await lastFolder(opened)
  const openFolder = async (known: KnownFolder): Promise<undefined> => {
    if ((await known.handle.requestPermission(WRITING)) !== 'granted') throw new Error(TEXTS.folderRefused)
    const problems: string[] = []
    const place = await openFolderPlace(known.handle, known.id, (problem) => problems.push(problem))
    await remember(opened, known.id)
    await shown.place(
      { ...place, leave: { text: TEXTS.closeFolder, act: () => remember(opened, undefined) } },
      problems,
    )
  }
  let problem: string | undefined
  if (folder && (await folder.handle.queryPermission(WRITING)) === 'granted') {
    problem = await openFolder(folder).catch((error: Error) => error.message)
    if (problem === undefined) return
  }
  const { length } = kept.project.images
  if (!folder && length > 0) return shown.place(kept, [])
  const before = [
    ...(folder ? [{ text: TEXTS.goOnWithFolder(folder.handle.name), open: () => openFolder(folder) }] : []),
    ...(length > 0 ? [{ text: TEXTS.goOnWithPhotos(length), open: () => shown.place(kept, []) }] : []),
  ]
  const askForFolder = folderPicker()
  const onFolder =
    askForFolder &&
    (async () =>
      openFolder(await knownFolder(opened, await askForFolder.call(window, { ...WRITING, id: 'photos' }))))
  shown.start(
    <StartPage
      before={before}
      problem={problem}
      onPhotos={(files, onProgress) => takePhotos(kept, files, onProgress, shown)}
      onFolder={onFolder}
    />,
  )
}

async function takePhotos(
  place: Place,
  files: readonly GivenFile[],
  onProgress: (done: string) => void,
  shown: Shown,
): Promise<void> {
  onProgress(TEXTS.reading)
  // What is not asked for may be thrown away when the machine has little room.
  await navigator.storage.persist()
  const problems: string[] = []
  const added = await place.add?.(files, (problem) => problems.push(problem))
  if (!added || added.length === 0) throw new Error(problems[0] ?? TEXTS.noPhotosGiven)
  const images = [...place.project.images, ...added]
  await shown.place({ ...place, project: { ...place.project, images } }, problems)
}

async function lastFolder(database: Database): Promise<KnownFolder | undefined> {
  const id = await database.get<string>('facts', OPEN_FOLDER)
  return id === undefined ? undefined : database.get<KnownFolder>('folders', id)
}

/** Under the id that it had before, where it was opened before. */
async function knownFolder(database: Database, handle: AccessibleFolder): Promise<KnownFolder> {
  for (const known of await database.all<KnownFolder>('folders')) {
    if (await handle.isSameEntry(known.handle)) return known
  }
  const known = { id: crypto.randomUUID(), handle }
  await database.write(['folders'], (storeOf) => {
    storeOf('folders').put(known, known.id)
  })
  return known
}

function remember(database: Database, id: string | undefined): Promise<void> {
  return database.write(['facts'], (storeOf) => {
    if (id === undefined) storeOf('facts').delete(OPEN_FOLDER)
    else storeOf('facts').put(id, OPEN_FOLDER)
  })
}

/** The studio of a folder of photos: its labels on disk, its pictures, and a model that proposes objects. */
import { basename, join, relative, resolve } from 'node:path'
import { DataError } from '../../errors.ts'
import { editedLabels } from '../../formats/coco/edited-labels.ts'
import { probeImageIn } from '../../node/image-probe.ts'
import { nodePlatform } from '../../node/platform.ts'
import { studioPages } from '../../node/studio-pages.ts'
import { type LoadOptions, loadDetector } from '../../predict/detector.ts'
import { openStudio, type RunningStudio } from '../../studio/studio-server.ts'
import { openFinder } from './photo-finder.ts'
import { photoLabels } from './photo-labels.ts'
import { openPhotoTraining } from './photo-training.ts'
import { shownPicture } from './shown-pictures.ts'

export interface PhotoStudioOptions extends Pick<LoadOptions, 'device' | 'threads' | 'onProgress'> {
  /** COCO file; default: `annotations.json` among the photos. */
  readonly labels?: string
  /** Default: that of the newest training of the photos. */
  readonly model?: string
  /** Folder that trainings are kept in. Default: `runs`. */
  readonly runs?: string
  /** Flags of `train` that trainings are started with. */
  readonly trainFlags?: readonly string[]
  readonly port: number
  /** Of the built page. Default: the package's own. */
  readonly pageFolder?: string
  readonly signal: AbortSignal
}

export interface PhotoStudio extends RunningStudio {
  readonly labelsFile: string
}

/** Throws `DataError` for photos, labels and models that cannot be read, `ConfigError` for a port that cannot be had. */
export async function openPhotoStudio(photos: string, options: PhotoStudioOptions): Promise<PhotoStudio> {
  const {
    labels: named,
    model,
    runs = 'runs',
    trainFlags = [],
    port,
    pageFolder,
    signal,
    ...loading
  } = options
  const pages = await studioPages(pageFolder)
  const { dataset, file, store, close: closeLabels } = await photoLabels(photos, named, signal)
  const paths = new Map(dataset.images.map(({ id, fileName }) => [id, join(photos, fileName)]))
  const pathOf = (id: number) => {
    const path = paths.get(id)
    if (path === undefined) throw new DataError('there is no such image', { where: 'image', got: `${id}` })
    return path
  }
  const probe = probeImageIn(photos)
  const labels = editedLabels(dataset, store)
  const finder = openFinder(
    (file) => loadDetector(nodePlatform, file, { ...loading, signal, worker: true }),
    pathOf,
  )
  const training = openPhotoTraining({
    ...{ photos, runs, flags: trainFlags },
    dataset: () => labels.dataset,
    onModel: finder.use,
  })
  const close = async () => {
    await training.close()
    await finder.close()
    await closeLabels()
  }
  try {
    const first = model ?? (await training.newestModel())
    if (first !== undefined) finder.use(first)
    if (model !== undefined) await finder.ready()
    const studio = await openStudio({
      name: basename(resolve(photos)),
      // The whole path: a browser keeps what is unsaved under it.
      labelsFile: resolve(file),
      picture: async (id) => shownPicture(pathOf(id)),
      probe: async (id) => probe(relative(photos, pathOf(id))),
      finder: finder.current,
      ...{ labels, training, pages, port },
    })
    return {
      url: studio.url,
      labelsFile: file,
      close: async () => {
        await studio.close()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The studio of a folder of photos: its labels on disk, its pictures, and a model that proposes objects. */
import { basename, join, resolve } from 'node:path'
import { DataError } from '../../errors.ts'
import { editedLabels } from '../../formats/coco/edited-labels.ts'
import { nodePlatform } from '../../node/platform.ts'
import { studioPages } from '../../node/studio-pages.ts'
import { type LoadOptions, loadDetector } from '../../predict/detector.ts'
import { predictionJson } from '../../predict/to-json.ts'
import { openStudio, type RunningStudio } from '../../studio/studio-server.ts'
import { photoLabels } from './photo-labels.ts'
import { shownPicture } from './shown-pictures.ts'

export interface PhotoStudioOptions extends Pick<LoadOptions, 'device' | 'threads' | 'onProgress'> {
  /** COCO file; default: `annotations.json` among the photos. */
  readonly labels?: string
  readonly model?: string
  readonly port: number
  /** Of the built page. Default: the package's own. */
  readonly pageFolder?: string
  readonly signal: AbortSignal
}

export interface PhotoStudio extends RunningStudio {
  readonly labelsFile: string
}

/** The page has a slider from here on. */
const LEAST_SCORE = 0.05

/** Throws `DataError` for photos, labels and models that cannot be read, `ConfigError` for a port that cannot be had. */
export async function openPhotoStudio(photos: string, options: PhotoStudioOptions): Promise<PhotoStudio> {
  const { labels: named, model, port, pageFolder, signal, ...loading } = options
  const pages = await studioPages(pageFolder)
  const { dataset, file, store } = await photoLabels(photos, named, signal)
  const paths = new Map(dataset.images.map(({ id, fileName }) => [id, join(photos, fileName)]))
  const pathOf = (id: number) => {
    const path = paths.get(id)
    if (path === undefined) throw new DataError('there is no such image', { where: 'image', got: `${id}` })
    return path
  }
  const detector =
    model === undefined
      ? undefined
      : await loadDetector(nodePlatform, model, { ...loading, signal, worker: true })
  const find = async (id: number) => {
    const path = pathOf(id)
    return predictionJson(basename(path), await detector!.detect(path, { score: LEAST_SCORE }))
  }
  const studio = await openStudio({
    name: basename(resolve(photos)),
    // The whole path: a browser keeps what is unsaved under it.
    labelsFile: resolve(file),
    labels: editedLabels(dataset, store),
    picture: async (id) => shownPicture(pathOf(id)),
    finder: model === undefined ? undefined : { name: basename(model), find },
    ...{ pages, port },
  }).catch(async (error) => {
    await detector?.dispose()
    throw error
  })
  return {
    url: studio.url,
    labelsFile: file,
    close: async () => {
      await studio.close()
      await detector?.dispose()
    },
  }
}

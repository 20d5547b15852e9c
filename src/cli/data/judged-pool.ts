/** Unlabelled images as a model sees them: what it is in doubt about, and how they look. */
import type { Annotation, Category, Dataset, DatasetImage } from '../../data/dataset.ts'
import type { RgbImage } from '../../data/picture.ts'
import { DataError } from '../../errors.ts'
import { rleToBox } from '../../geometry/rle.ts'
import { decodeImage } from '../../node/decode-image.ts'
import { nodePlatform } from '../../node/platform.ts'
import { ahead, atOnceFor } from '../../predict/ahead.ts'
import { type Detector, loadDetector } from '../../predict/detector.ts'
import type { Instance } from '../../predict/instance.ts'
import { type Judgement, judgedImage, LEAST_JUDGED } from '../../predict/judged-image.ts'
import { readingFor } from '../../predict/model-reading.ts'
import type { Device } from '../../runtime/session.ts'
import { sayChosen } from '../chosen-model.ts'
import { sharedAmong, workersFor } from '../chosen-workers.ts'
import { say } from '../print.ts'
import { startProgress } from '../progress.ts'

export interface JudgedImage extends Judgement {
  readonly file: string
  readonly width: number
  readonly height: number
  readonly instances: readonly Instance[]
}

export interface JudgingOptions {
  readonly model: string
  readonly device: Device | 'auto'
  readonly threads?: number
  readonly workers?: number
  readonly signal: AbortSignal
}

/** Looks at each image twice, as it is and mirrored. Images that cannot be read are told and left out. */
export async function judgePool(
  files: readonly string[],
  { model, device, threads, workers: wanted, signal }: JudgingOptions,
): Promise<{ readonly images: JudgedImage[]; readonly categories: readonly Category[] }> {
  const workers = workersFor(files.length, { device, threads, workers: wanted })
  const loading = { device, threads, ...sharedAmong(workers), onProgress: sayChosen }
  const detector = await loadDetector(nodePlatform, model, loading)
  const { reading } = readingFor(detector.metadata, {})
  const progress = startProgress(files.length, 'images')
  const images: JudgedImage[] = []
  try {
    const look = async (file: string) => {
      signal.throwIfAborted()
      const image = await decodeImage(file, reading).catch((error) => {
        if (!(error instanceof DataError)) throw error
        say(error.message)
        return undefined
      })
      return image && judge(file, image, detector, signal)
    }
    for await (const { item, index, made } of ahead(files, look, atOnceFor(workers))) {
      if (made) images.push(made)
      progress.step(index + 1, item)
    }
  } finally {
    progress.end()
    await detector.dispose()
  }
  return { images, categories: detector.categories }
}

async function judge(
  file: string,
  image: RgbImage,
  detector: Detector<never>,
  signal: AbortSignal,
): Promise<JudgedImage> {
  const { width, height } = image
  const options = { score: LEAST_JUDGED, signal, name: file }
  const { seen, judgement } = await judgedImage(image, ({ data, width, height }) =>
    detector.detect({ data, width, height }, options),
  )
  return { file, width, height, instances: seen.instances, ...judgement }
}

/** What was found in images, from a score on, as labels to correct. */
export function foundDataset(
  found: readonly (JudgedImage & { readonly name: string })[],
  categories: readonly Category[],
  score: number,
): Dataset {
  let id = 0
  const images = found.map(({ name, width, height }, i): DatasetImage => {
    return { id: i + 1, fileName: name, width, height }
  })
  const annotations = found.map(({ instances }, i) => {
    const sure = instances.filter((instance) => instance.score >= score && instance.mask?.area !== 0)
    const own = sure.map((instance): Annotation => {
      const segmentation = instance.mask?.toRuns()
      const box = segmentation ? rleToBox(segmentation) : instance.box
      return {
        ...{ id: ++id, imageId: i + 1, categoryId: instance.categoryId, box, isCrowd: false },
        area: instance.mask?.area ?? (box[2] - box[0]) * (box[3] - box[1]),
        score: instance.score,
        ...(segmentation && { segmentation }),
        ...(instance.keypoints && { keypoints: instance.keypoints.flatMap(({ x, y }) => [x, y, 2]) }),
      }
    })
    return [i + 1, own] as const
  })
  return { images, categories, annotations: new Map(annotations) }
}

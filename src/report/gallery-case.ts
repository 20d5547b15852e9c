import {
  type Annotation,
  annotationsOf,
  annotationToRle,
  type Dataset,
  type DatasetImage,
  requireStatedSize,
} from '../data/dataset.ts'
import { MaskwrightError } from '../errors.ts'
import { resultToRle } from '../evaluation/cells.ts'
import type { IouType } from '../evaluation/evaluation-params.ts'
import { rankedResults } from '../evaluation/ranked-results.ts'
import type { EvaluationReport } from '../evaluation/report.ts'
import type { WorstCase } from '../evaluation/worst-cases.ts'
import type { CocoResult } from '../formats/coco/coco-results.ts'
import { type Box, boxToXywh, type Size, xywhToBox } from '../geometry/boxes.ts'
import type { Picture } from '../predict/render.ts'
import { extent } from '../tensor/extent.ts'
import { dataUri } from './markup.ts'
import { boxPath, keypointPath, maskPath } from './outlines.ts'
import { type EncodeJpeg, PICTURES_BYTES } from './picture-budget.ts'
import { cropPicture, type PixelWindow, shrinkByBlocks } from './pixels.ts'

/** A case as the page shows it: outlines in pixels of the image, over what the window shows of it. */
export interface GalleryCase {
  readonly case: WorstCase
  readonly category: string
  /** True category, where it is another than the one predicted. */
  readonly trueCategory?: string
  readonly fileName: string
  readonly window: PixelWindow
  /** The pixels in the window, absent where they cannot be had. */
  readonly picture?: CasePicture
  /** SVG paths: of the object, the detection, and other objects and detections around them. */
  readonly truth: string
  readonly prediction: string
  readonly otherTruths: string
  readonly otherPredictions: string
}

/** From the window's upper left corner on; the last pixels may reach beyond it. */
export interface CasePicture {
  /** Data URI. */
  readonly uri: string
  /** Pixels of the image for one pixel of the picture. */
  readonly block: number
  /** Pixels of the picture. */
  readonly width: number
  readonly height: number
}

export interface GalleryInput {
  readonly groundTruth: Dataset
  readonly results: readonly CocoResult[]
  readonly report: Pick<EvaluationReport, 'iouType' | 'minScore' | 'worst'>
  /** Pixels of an image; without it outlines stand on grey. */
  readonly readImage?: (image: DatasetImage) => Promise<Picture>
  readonly encodeJpeg: EncodeJpeg
  /** Told of images that cannot be read, once each: their cases stand on grey. */
  readonly onUnreadable?: (image: DatasetImage, reason: string) => void
  readonly signal?: AbortSignal
}

/** Pixels of the crop's longer side at most, after shrinking. */
const SIDE = 288
/** Pixels of the image shown at least, and around the objects in shares of their size. */
const SMALLEST_WINDOW = 48
const CONTEXT = 0.35
/** Objects and detections drawn around a case at most, of each. */
const NEIGHBOURS = 12

/** What a page shows of the worst cases, in their order; every image is read once. */
export async function galleryCases(input: GalleryInput): Promise<GalleryCase[]> {
  const { groundTruth, results, report, readImage, signal, onUnreadable } = input
  const images = new Map(groundTruth.images.map((image) => [image.id, image]))
  const byImage = groupByImage(report.worst)
  const found = groupByImage(
    rankedResults(results, report.iouType).filter(({ imageId }) => byImage.has(imageId)),
  )
  const names = new Map(groundTruth.categories.map(({ id, name }) => [id, name]))
  const drawn = new Map<WorstCase, GalleryCase>()
  const bytes = Math.floor(PICTURES_BYTES / report.worst.length)
  const encodeJpeg = (picture: Picture) => input.encodeJpeg(picture, bytes)
  for (const [imageId, cases] of byImage) {
    signal?.throwIfAborted()
    const image = images.get(imageId)!
    const pixels = await readImage?.(image)
      .then((picture) => {
        requireStatedSize(picture, image)
        return picture
      })
      .catch((error) => {
        if (!(error instanceof MaskwrightError)) throw error
        onUnreadable?.(image, error.message)
        return undefined
      })
    for (const worst of cases) {
      const scene = {
        image,
        annotations: annotationsOf(groundTruth, imageId),
        results: found.get(imageId) ?? [],
        names,
        report,
      }
      const sketch = sketchOf(worst, scene)
      const picture = pixels && (await casePicture(pixels, sketch.window, encodeJpeg))
      drawn.set(worst, { ...sketch, picture })
    }
  }
  return report.worst.map((worst) => drawn.get(worst)!)
}

/** Everything in the image of a case. */
interface Scene {
  readonly image: DatasetImage
  readonly annotations: readonly Annotation[]
  readonly results: readonly CocoResult[]
  readonly names: ReadonlyMap<number, string>
  readonly report: GalleryInput['report']
}

function sketchOf(worst: WorstCase, scene: Scene): Omit<GalleryCase, 'picture'> {
  const { image, annotations, results, names, report } = scene
  // What a detection on the background happens to touch is no more than a neighbour.
  const annotation =
    worst.error === 'background' ? undefined : annotations.find(({ id }) => id === worst.annotationId)
  const result = results.find(({ id }) => id === worst.resultId)
  const boxes = [annotation?.box, result && xywhToBox(result.xywh)].filter((box) => box !== undefined)
  const window = windowAround(boxes, image)
  const radius = Math.max(window.width, window.height) / 60
  const isNear = (box: Box) => overlaps(box, window)
  const otherTruths = annotations.filter((other) => other !== annotation && isNear(other.box))
  const otherResults = results.filter(
    (other) => other !== result && other.score >= report.minScore && isNear(xywhToBox(other.xywh)),
  )
  const { iouType } = report
  const truePath = (object: Annotation) => truthPath(object, image, iouType, radius)
  const foundPath = (object: CocoResult) => predictionPath(object, image, iouType, radius)
  return {
    case: worst,
    category: nameOf(worst.categoryId, names),
    ...(annotation &&
      (worst.error === 'classification' || worst.error === 'both') && {
        trueCategory: nameOf(annotation.categoryId, names),
      }),
    fileName: image.fileName || `image ${image.id}`,
    window,
    truth: annotation ? truePath(annotation) : '',
    prediction: result ? foundPath(result) : '',
    otherTruths: otherTruths.slice(0, NEIGHBOURS).map(truePath).join(''),
    otherPredictions: otherResults
      .toSorted((a, b) => b.score - a.score)
      .slice(0, NEIGHBOURS)
      .map(foundPath)
      .join(''),
  }
}

function truthPath(object: Annotation, image: DatasetImage, iouType: IouType, radius: number): string {
  const { segmentation, xywh, box, keypoints = [] } = object
  if ((iouType === 'segm' || iouType === 'boundary') && segmentation) {
    return maskPath(annotationToRle(object, image))
  }
  const outline = boxPath(xywh ?? boxToXywh(box))
  return iouType === 'keypoints' ? outline + keypointPath(keypoints, radius) : outline
}

function predictionPath(object: CocoResult, image: DatasetImage, iouType: IouType, radius: number): string {
  if (iouType === 'segm' || iouType === 'boundary') return maskPath(resultToRle(object, image))
  const outline = boxPath(object.xywh)
  return iouType === 'keypoints' ? outline + keypointPath(object.keypoints ?? [], radius) : outline
}

/** A square around the boxes, moved and cut so that it lies in the image. */
export function windowAround(boxes: readonly Box[], { width, height }: Size): PixelWindow {
  const [x1, y1] = [0, 1].map((i) => extent(boxes.map((box) => box[i]))[0])
  const [x2, y2] = [2, 3].map((i) => extent(boxes.map((box) => box[i]))[1])
  const side = Math.max(SMALLEST_WINDOW, Math.ceil(Math.max(x2 - x1, y2 - y1) * (1 + 2 * CONTEXT)))
  const along = (from: number, to: number, limit: number) => {
    const length = Math.min(side, limit)
    const start = Math.round((from + to - length) / 2)
    return { start: Math.min(Math.max(start, 0), limit - length), length }
  }
  const [across, down] = [along(x1, x2, width), along(y1, y2, height)]
  return { left: across.start, top: down.start, width: across.length, height: down.length }
}

async function casePicture(
  image: Picture,
  window: PixelWindow,
  encodeJpeg: (picture: Picture) => Promise<Uint8Array>,
): Promise<CasePicture> {
  const block = Math.ceil(Math.max(window.width, window.height) / SIDE)
  const picture = shrinkByBlocks(cropPicture(image, window), block)
  const uri = dataUri(await encodeJpeg(picture), 'image/jpeg')
  return { uri, block, width: picture.width, height: picture.height }
}

function overlaps([x1, y1, x2, y2]: Box, { left, top, width, height }: PixelWindow): boolean {
  return x1 < left + width && x2 > left && y1 < top + height && y2 > top
}

function nameOf(categoryId: number, names: ReadonlyMap<number, string>): string {
  return names.get(categoryId) ?? `category ${categoryId}`
}

function groupByImage<T extends { readonly imageId: number }>(items: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>()
  for (const item of items) {
    const group = groups.get(item.imageId)
    if (group) group.push(item)
    else groups.set(item.imageId, [item])
  }
  return groups
}

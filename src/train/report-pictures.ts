import {
  annotationsOf,
  annotationToRle,
  type Category,
  type Dataset,
  type DatasetImage,
} from '../data/dataset.ts'
import { type Color, classColor } from '../predict/colors.ts'
import { labelledKeypoints } from '../predict/found-keypoints.ts'
import { type Instance, instanceMask } from '../predict/instance.ts'
import type { Prediction } from '../predict/predictor.ts'
import { type Picture, renderOverlay } from '../predict/render.ts'
import { dataUri } from '../report/markup.ts'
import { type EncodeJpeg, PICTURES_BYTES } from '../report/picture-budget.ts'
import { cropPicture } from '../report/pixels.ts'

/** An image of the validation set as labelled and as predicted, both as data URIs. */
export interface ReportPicture {
  readonly file: string
  readonly truth: string
  readonly prediction: string
  readonly note: string
  /** Where the training has several classes: those on the picture, each with the colour it has there. */
  readonly classes: readonly PicturedClass[]
}

export interface PicturedClass {
  readonly name: string
  readonly color: Color
  readonly labelled: number
  readonly predicted: number
}

/** An image that a report shows, with what was found on it. */
export interface ShownImage {
  readonly image: DatasetImage
  readonly pixels: Picture
  readonly prediction: Prediction
}

/** Predictions below this score are not drawn. */
const SHOWN_SCORE = 0.5
/** Images are enlarged towards this side, and cut to it. */
const SIDE = 560
/** Images a report shows, each twice. */
const MOST_SHOWN = 6
/** What all pictures take together, so that a report can be sent around. */
const PICTURE_BYTES = Math.floor(PICTURES_BYTES / (2 * MOST_SHOWN))

/** Which of `count` images a report shows: at most `limit`, spread evenly over them. */
export function shownIndices(count: number, limit = MOST_SHOWN): number[] {
  const shown = Math.min(count, limit)
  return Array.from({ length: shown }, (_, i) => Math.floor(((i + 0.5) * count) / shown))
}

/**
 * Draws labelled and predicted objects, coloured by their class where there are several; `categories` are the model's.
 * `encodeJpeg` makes the bytes of a JPEG file, at most so many.
 */
export async function reportPicture(
  { image, pixels, prediction }: ShownImage,
  dataset: Dataset,
  categories: readonly Category[],
  encodeJpeg: EncodeJpeg,
): Promise<ReportPicture> {
  const truth = labelled(dataset, image)
  const found = prediction.instances.filter(({ score }) => score >= SHOWN_SCORE)
  const magnify = Math.max(1, Math.floor(SIDE / Math.max(pixels.width, pixels.height)))
  const names = [...new Set([...categories, ...dataset.categories].map(({ name }) => name))]
  const isOneClass = names.length < 2
  const rendering = { magnify, ...(!isOneClass && ({ color: 'class', classes: names } as const)) }
  const draw = async (instances: readonly Instance[]) =>
    dataUri(
      await encodeJpeg(middle(renderOverlay(pixels, instances, rendering), SIDE), PICTURE_BYTES),
      'image/jpeg',
    )
  const isCut = Math.max(pixels.width, pixels.height) * magnify > SIDE
  return {
    file: image.fileName,
    truth: await draw(truth),
    prediction: await draw(found),
    note: `${truth.length} labelled, ${found.length} predicted with a score of at least ${SHOWN_SCORE}${isCut ? ' (the middle is shown)' : ''}`,
    classes: isOneClass ? [] : pictured(names, truth, found),
  }
}

function pictured(
  names: readonly string[],
  truth: readonly Instance[],
  found: readonly Instance[],
): PicturedClass[] {
  const count = (instances: readonly Instance[], name: string) =>
    instances.filter(({ category }) => category === name).length
  return names
    .map((name, i) => ({
      name,
      color: classColor(i),
      labelled: count(truth, name),
      predicted: count(found, name),
    }))
    .filter(({ labelled, predicted }) => labelled + predicted > 0)
}

function labelled(dataset: Dataset, image: DatasetImage): Instance[] {
  const kinds = new Map(dataset.categories.map((category) => [category.id, category]))
  return annotationsOf(dataset, image.id)
    .filter(({ isCrowd }) => !isCrowd)
    .map((annotation) => {
      const kind = kinds.get(annotation.categoryId)
      return {
        categoryId: annotation.categoryId,
        category: kind?.name ?? '',
        score: 1,
        box: annotation.box,
        mask: annotation.segmentation ? instanceMask(annotationToRle(annotation, image)) : undefined,
        keypoints: kind && labelledKeypoints(annotation, kind),
        skeleton: kind?.skeleton,
      }
    })
}

/** The middle of a picture that is larger than `side`. */
function middle(picture: Picture, side: number): Picture {
  const [width, height] = [Math.min(picture.width, side), Math.min(picture.height, side)]
  const [left, top] = [(picture.width - width) >> 1, (picture.height - height) >> 1]
  return cropPicture(picture, { left, top, width, height })
}

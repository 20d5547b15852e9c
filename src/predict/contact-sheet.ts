import { annotationsOf, annotationToRle, type Dataset, type DatasetImage } from '../data/dataset.ts'
import { lastPart } from '../formats/split-folders.ts'
import type { Box } from '../geometry/boxes.ts'
import { random, STREAM } from '../tensor/random.ts'
import type { Color } from './colors.ts'
import { labelledKeypoints } from './found-keypoints.ts'
import { type Instance, instanceMask } from './instance.ts'
import { type Label, type Picture, renderOverlay } from './render.ts'
import { scaleMask, shrinkPicture } from './shrink.ts'

/** What the sheet shows of one image. */
export interface SheetEntry {
  readonly image: DatasetImage
  /** Undefined where it could not be read. */
  readonly picture?: Picture
}

export interface SheetOptions {
  /** Pixels of each side of a cell, without the line of text below. Default 320. */
  readonly cell?: number
  /** Cells side by side. Default: as many as rows. */
  readonly columns?: number
  /** Name of the only category to draw. */
  readonly category?: string
}

/** A picture made of pictures, and the texts to write on it. */
export interface ContactSheet extends Picture {
  readonly labels: readonly Label[]
}

const GAP = 6
const CAPTION_HEIGHT = 20
const PAPER = 32
const CAPTION_COLOR: Color = [PAPER, PAPER, PAPER]
/** Mean width of a letter of the labels, and what a plate adds: texts are cut and moved by it, not set. */
const LETTER_WIDTH = 7.6
const PLATE_PADDING = 6
const PLATE_HEIGHT = 18
/** Letters of a file name that are worth being told. */
const LEAST_NAME = 12
/** Objects with a shorter side below this many pixels get no label: it would hide them. */
const LEAST_LABELLED = 24

/**
 * `count` images spread over the data set: ordered by their number of objects and cut into equal parts, of each of which
 * one is drawn. With a category, only images that have it. The same seed gives the same images.
 */
export function spreadImages(
  dataset: Dataset,
  { count, seed, category }: { readonly count: number; readonly seed: number; readonly category?: string },
): DatasetImage[] {
  const shown = shownCategories(dataset, category)
  const counted = dataset.images.map((image) => ({
    image,
    objects: annotationsOf(dataset, image.id).filter(({ categoryId }) => shown.has(categoryId)).length,
  }))
  const eligible = category === undefined ? counted : counted.filter(({ objects }) => objects > 0)
  const ordered = eligible.sort((a, b) => a.objects - b.objects || a.image.id - b.image.id)
  const parts = Math.min(count, ordered.length)
  return Array.from({ length: parts }, (_, i) => {
    const from = Math.floor((i * ordered.length) / parts)
    const to = Math.floor(((i + 1) * ordered.length) / parts)
    return ordered[from + random(seed, STREAM.preview, i).integer(to - from)].image
  })
}

/** Names of the categories by id: all, or the one named. */
function shownCategories({ categories }: Dataset, category?: string): Map<number, string> {
  const shown = categories.filter(({ name }) => category === undefined || name === category)
  return new Map(shown.map(({ id, name }) => [id, name]))
}

/**
 * Images with their annotations drawn, as large as fits into cells side by side, each with a line of text below. Masks
 * lie where the annotations say in pixels of the picture, so labels made for another size or rotation show.
 */
export function contactSheet(
  dataset: Dataset,
  entries: readonly SheetEntry[],
  { cell = 320, category, columns: wanted }: SheetOptions = {},
): ContactSheet {
  const columns = wanted ?? Math.max(1, Math.ceil(Math.sqrt(entries.length)))
  const drawn = entries.map((entry) => drawEntry(dataset, entry, cell, category))
  const rows = Array.from({ length: Math.ceil(drawn.length / columns) }, (_, row) =>
    drawn.slice(row * columns, (row + 1) * columns),
  )
  const heights = rows.map((row) => Math.max(...row.map(({ picture }) => picture?.height ?? 0)))
  const width = columns * (cell + GAP) + GAP
  const height = heights.reduce((sum, own) => sum + own + CAPTION_HEIGHT + GAP, GAP)
  const data = new Uint8Array(width * height * 3).fill(PAPER)
  const captions: Label[] = []
  const labels: Label[] = []
  let top = GAP
  for (const [r, row] of rows.entries()) {
    const bottom = top + heights[r]
    for (const [column, { picture, caption, labels: own }] of row.entries()) {
      const left = GAP + column * (cell + GAP)
      captions.push({
        text: caption,
        x: left,
        y: bottom + CAPTION_HEIGHT,
        color: CAPTION_COLOR,
      })
      if (!picture) continue
      const [x, y] = [left + ((cell - picture.width) >> 1), bottom - picture.height]
      paste(picture, data, width, x, y)
      for (const label of own) {
        const room = picture.width - Math.ceil(label.text.length * LETTER_WIDTH + PLATE_PADDING)
        if (room < 0) continue
        const inside = { x: x + Math.min(Math.max(label.x, 0), room), y: y + Math.max(label.y, PLATE_HEIGHT) }
        labels.push({ ...label, ...inside })
      }
    }
    top = bottom + CAPTION_HEIGHT + GAP
  }
  // Those written first keep their place.
  return { width, height, data, labels: [...captions, ...labels] }
}

interface DrawnEntry {
  /** Undefined where the image could not be read. */
  readonly picture?: Picture
  readonly labels: readonly Label[]
  readonly caption: string
}

function drawEntry(
  dataset: Dataset,
  { image, picture }: SheetEntry,
  cell: number,
  category?: string,
): DrawnEntry {
  const file = lastPart(image.fileName)
  if (!picture)
    return {
      caption: captionOf('cannot be read', `${image.width} x ${image.height}`, file, cell),
      labels: [],
    }
  const scale = cell / Math.max(picture.width, picture.height)
  const magnify = Math.max(1, Math.floor(scale))
  const shrunk = Math.min(1, scale)
  const size = {
    width: Math.max(1, Math.round(picture.width * shrunk)),
    height: Math.max(1, Math.round(picture.height * shrunk)),
  }
  const shown = shownCategories(dataset, category)
  const annotations = annotationsOf(dataset, image.id).filter(({ categoryId }) => shown.has(categoryId))
  const instances = annotations.map((annotation): Instance => {
    const { box, categoryId, isCrowd } = annotation
    const mask = annotation.segmentation && scaleMask(annotationToRle(annotation, image), shrunk, size)
    const name = shown.get(categoryId) ?? ''
    const kind = dataset.categories.find(({ id }) => id === categoryId)
    const points = kind && labelledKeypoints(annotation, kind)
    return {
      categoryId,
      category: isCrowd ? `${name} (crowd)` : name,
      score: 1,
      box: box.map((value) => value * shrunk) as unknown as Box,
      mask: mask && instanceMask(mask),
      keypoints: points?.map((point) => ({ ...point, x: point.x * shrunk, y: point.y * shrunk })),
      skeleton: kind?.skeleton,
    }
  })
  const overlay = renderOverlay(shrunk < 1 ? shrinkPicture(picture, size) : picture, instances, {
    magnify,
    opacity: 0.25,
    labels: 'class',
  })
  const [onlyName] = shown.size === 1 ? shown.values() : []
  // One name for all would be written many times to say nothing.
  const labelled = onlyName === undefined ? overlay.labels : []
  const labels = labelled.flatMap((label, i) => {
    const [x1, y1, x2, y2] = instances[i].box
    const side = Math.min(x2 - x1, y2 - y1) * magnify
    return side < LEAST_LABELLED ? [] : [{ ...label, text: instances[i].category, side }]
  })
  return {
    picture: overlay,
    // The largest objects are labelled first where there is no room for all.
    labels: labels.sort((a, b) => b.side - a.side),
    caption: captionOf(
      `${annotations.length} ${onlyName ?? (annotations.length === 1 ? 'object' : 'objects')}`,
      `${image.width} x ${image.height}`,
      ...([file, cell] as const),
    ),
  }
}

function paste(
  { data, width, height }: Picture,
  onto: Uint8Array,
  sheetWidth: number,
  x: number,
  y: number,
): void {
  for (let row = 0; row < height; row++) {
    onto.set(data.subarray(row * width * 3, (row + 1) * width * 3), ((y + row) * sheetWidth + x) * 3)
  }
}

/** Count, size and file name; where they have no room, the size or the middle of the name is left out. */
function captionOf(count: string, size: string, file: string, width: number): string {
  const letters = Math.floor((width - PLATE_PADDING) / LETTER_WIDTH)
  for (const head of [`${count} · ${size} · `, `${count} · `]) {
    const room = letters - head.length
    if (room >= Math.min(file.length, LEAST_NAME)) return head + shortened(file, room)
  }
  return shortened(`${count} · ${file}`, letters)
}

function shortened(text: string, letters: number): string {
  if (text.length <= letters) return text
  const end = Math.floor(letters / 3)
  return `${text.slice(0, letters - end - 1)}…${text.slice(text.length - end)}`
}

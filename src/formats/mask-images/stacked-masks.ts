import { annotationPlace } from '../../data/annotation-losses.ts'
import { type Annotation, annotationToRle, type DatasetImage } from '../../data/dataset.ts'
import type { Losses } from '../../data/losses.ts'
import { type PaintedLabels, rlesToLabels } from '../../geometry/labels-to-rles.ts'
import { type Rle, rleArea } from '../../geometry/rle.ts'

/** An annotation with its mask, which has a pixel at least. */
export interface MaskedAnnotation {
  readonly annotation: Annotation
  readonly rle: Rle
}

/** Annotations that have a mask with pixels; others are counted as lost. */
export function maskedAnnotations(
  annotations: readonly Annotation[],
  image: DatasetImage,
  losses: Losses,
): MaskedAnnotation[] {
  const masked: MaskedAnnotation[] = []
  for (const annotation of annotations) {
    const where = annotationPlace(image.fileName, annotation.id)
    if (!annotation.segmentation) losses.add('annotations without a mask left out', where)
    else {
      const rle = annotationToRle(annotation, image)
      if (rleArea(rle) > 0) masked.push({ annotation, rle })
      else losses.add('masks without a pixel left out', where)
    }
  }
  return masked
}

/** For formats in which every mask is an object: crowds are counted as lost. */
export function withoutCrowds(
  annotations: readonly Annotation[],
  image: DatasetImage,
  losses: Losses,
): readonly Annotation[] {
  return annotations.filter(({ id, isCrowd }) => {
    if (isCrowd) losses.add('crowd annotations left out', annotationPlace(image.fileName, id))
    return !isCrowd
  })
}

/** A label map in which every pixel belongs to one annotation. */
export interface StackedMasks {
  /** Row-major [H, W]: 0 background, i + 1 for `annotations[i]`. */
  readonly labels: PaintedLabels['labels']
  readonly annotations: readonly Annotation[]
}

/**
 * Masks painted over each other: crowds lowest, then larger before smaller, equal ones in their order, so that small
 * objects stay in front of large ones. What is hidden is counted as lost; annotations of which nothing is seen are left out.
 */
export function stackMasks(
  masked: readonly MaskedAnnotation[],
  image: DatasetImage,
  losses: Losses,
): StackedMasks {
  const areas = masked.map(({ rle }) => rleArea(rle))
  const order = [...masked.keys()].sort(
    (a, b) =>
      Number(masked[b].annotation.isCrowd) - Number(masked[a].annotation.isCrowd) ||
      areas[b] - areas[a] ||
      a - b,
  )
  const { labels, hidden } = rlesToLabels(
    order.map((i) => masked[i].rle),
    image,
  )
  const lost = new Float64Array(masked.length)
  order.forEach((i, rank) => {
    lost[i] = hidden[rank]
  })
  const annotations: Annotation[] = []
  const labelOf = new Uint32Array(masked.length)
  masked.forEach(({ annotation }, i) => {
    const where = annotationPlace(image.fileName, annotation.id)
    if (lost[i] === areas[i]) losses.add('masks left out that others hide', where)
    else {
      if (lost[i] > 0) losses.add('masks partly hidden by others', `${where} loses ${lost[i]} pixels`)
      annotations.push(annotation)
      labelOf[i] = annotations.length
    }
  })
  const labelOfRank = Uint32Array.from([0, ...order.map((i) => labelOf[i])])
  for (let at = 0; at < labels.length; at++) labels[at] = labelOfRank[labels[at]]
  return { labels, annotations }
}

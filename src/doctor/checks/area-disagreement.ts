import { annotationFinding, type Check } from '../check.ts'
import { maskFacts } from '../mask-facts.ts'
import type { RawAnnotation, RawCoco } from '../raw-coco.ts'

/** Share of the area by which it may differ from the mask's. */
const SLACK_SHARE = 0.1
/** Square pixels by which it may differ: along the outline pixels and polygons count differently. */
const SLACK_PIXELS = 10

export const areaDisagreement: Check = {
  name: 'area-disagreement',
  title: 'Areas that are not those of the masks',
  severity: 'warning',
  unit: 'annotations',
  why: 'Figures for small, medium and large objects sort by this area.',
  advice: 'Count the areas again; the area of the box in place of the mask is the usual cause.',
  thresholds: { slackShare: SLACK_SHARE, slackPixels: SLACK_PIXELS },
  *find({ files }) {
    for (const file of files) {
      for (const { annotation, area, counted, isBoxArea, hasMask } of disagreements(file)) {
        const told = hasMask ? `the mask has ${counted}` : `the box has ${counted}`
        yield annotationFinding(
          file,
          annotation,
          `area ${Number(area.toFixed(1))}${isBoxArea ? ', which is that of the box' : ''}; ${told}`,
        )
      }
    }
  },
  repair: {
    does: 'The area becomes the number of pixels of the mask, or the area of the box where there is no mask.',
    *changes(file) {
      for (const { annotation, counted } of disagreements(file)) {
        yield { list: 'annotations', index: annotation.index, entry: { ...annotation.entry, area: counted } }
      }
    },
  },
}

interface Disagreement {
  readonly annotation: RawAnnotation
  readonly area: number
  readonly counted: number
  readonly isBoxArea: boolean
  readonly hasMask: boolean
}

function* disagreements(file: RawCoco): Generator<Disagreement> {
  for (const annotation of file.annotations) {
    const { area, box, segmentation } = annotation
    if (area === undefined) continue
    const boxArea = box && box[2] > 0 && box[3] > 0 ? Number((box[2] * box[3]).toFixed(2)) : undefined
    const mask = maskFacts(file, annotation)
    if (mask && mask.pixels > 0) {
      const isRight =
        isNear(area, mask.pixels) || (mask.outline !== undefined && isNear(area, mask.outline.area))
      if (isRight) continue
      const isBoxArea = boxArea !== undefined && isNear(area, boxArea)
      yield { annotation, area, counted: mask.pixels, isBoxArea, hasMask: true }
    } else if (segmentation.kind === 'none' && boxArea !== undefined) {
      // The area of an object is often that of a mask the file does not have, but never more than its box.
      if (area > 0 && area <= boxArea * (1 + SLACK_SHARE) + SLACK_PIXELS) continue
      yield { annotation, area, counted: boxArea, isBoxArea: false, hasMask: false }
    }
  }
}

function isNear(area: number, counted: number): boolean {
  return area > 0 && Math.abs(area - counted) <= Math.max(SLACK_SHARE * counted, SLACK_PIXELS)
}

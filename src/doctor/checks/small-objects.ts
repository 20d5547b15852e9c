import { annotationFinding, type Check } from '../check.ts'
import { LEAST_SHARE, oddlySized, shownSize } from '../object-scale.ts'

/** Cells of the finest level that the shorter side of an object should cover. */
const LEAST_CELLS = 2

export const smallObjects: Check = {
  name: 'small-objects',
  title: 'Objects too small for the model',
  severity: 'warning',
  unit: 'annotations',
  why: "After the model's resizing these are under two cells of its finest feature map: it can hardly tell them from their surroundings, less their outline.",
  advice:
    'Cut images that are far larger than the model sees them into tiles (data crop; --tile to predict and evaluate), enlarge small ones (transform.resize), or leave such objects out.',
  thresholds: { leastCells: LEAST_CELLS, leastShare: LEAST_SHARE },
  *find(survey) {
    const { finestStride } = survey.detector
    const least = LEAST_CELLS * finestStride
    for (const { file, annotation, size, imageSize } of oddlySized(
      survey,
      ({ width, height }) => Math.min(width, height) < least,
    )) {
      yield annotationFinding(
        file,
        annotation,
        `${shownSize(size)} in the image resized to ${shownSize(imageSize)}; cells have ${finestStride} pixels`,
      )
    }
  },
}

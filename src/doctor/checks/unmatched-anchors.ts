import { annotationFinding, type Check } from '../check.ts'
import { bestAnchor, LEAST_SHARE, oddlySized, shownSize } from '../object-scale.ts'

/** IoU below which proposals count an anchor as background. */
const LEAST_IOU = 0.3

export const unmatchedAnchors: Check = {
  name: 'unmatched-anchors',
  title: 'Objects that no anchor fits',
  severity: 'warning',
  unit: 'annotations',
  why: "After the model's resizing even the best anchor, put right over the object, overlaps it too little: proposals start from far away.",
  advice:
    'Choose anchor sizes or ratios that fit (anchors.sizes, anchors.aspectRatios), or resize the images; cut those that are far larger than the model sees them into tiles (data crop).',
  thresholds: { leastIou: LEAST_IOU, leastShare: LEAST_SHARE },
  *find(survey) {
    const { anchors } = survey.detector
    if (!anchors) return
    const odd = oddlySized(survey, (size) => bestAnchor(size, anchors).iou < LEAST_IOU)
    for (const { file, annotation, size, imageSize } of odd) {
      const { anchor, iou } = bestAnchor(size, anchors)
      yield annotationFinding(
        file,
        annotation,
        `${shownSize(size)} in the image resized to ${shownSize(imageSize)}; best anchor ${shownSize(anchor)}, IoU ${iou.toFixed(2)}`,
      )
    }
  },
}

/** Evaluates recorded problems in a page with nothing but `maskwright/coco`; `coco.test.ts` reads the outcome. */
import {
  annotationsOf,
  annotationToRle,
  cropRle,
  decodeRle,
  encodeRle,
  evaluateCoco,
  flipRle,
  type IouType,
  parseCoco,
  parseCocoResults,
  rleArea,
} from '../../src/coco.ts'
import boxDetections from '../fixtures/goldens/coco-bbox-a/dt.json' with { type: 'json' }
import boxTruth from '../fixtures/goldens/coco-bbox-a/gt.json' with { type: 'json' }
import keypointDetections from '../fixtures/goldens/coco-keypoints-a/dt.json' with { type: 'json' }
import keypointTruth from '../fixtures/goldens/coco-keypoints-a/gt.json' with { type: 'json' }
import maskDetections from '../fixtures/goldens/coco-segm-a/dt.json' with { type: 'json' }
import maskTruth from '../fixtures/goldens/coco-segm-a/gt.json' with { type: 'json' }

const problems: Partial<Record<IouType, [unknown, unknown]>> = {
  bbox: [boxTruth, boxDetections],
  segm: [maskTruth, maskDetections],
  keypoints: [keypointTruth, keypointDetections],
}
const stats = Object.fromEntries(
  Object.entries(problems).map(([iouType, [truth, detections]]) => {
    const groundTruth = parseCoco(truth, 'gt.json', { onDegenerate: 'keep' })
    const results = parseCocoResults(detections, 'dt.json', groundTruth)
    return [iouType, Object.values(evaluateCoco({ groundTruth, results, iouType: iouType as IouType }).stats)]
  }),
)

const dataset = parseCoco(maskTruth, 'gt.json', { onDegenerate: 'keep' })
const areas = dataset.images.flatMap((image) =>
  annotationsOf(dataset, image.id).map((annotation) => rleArea(annotationToRle(annotation, image))),
)
const corner = encodeRle([1, 1, 0, 1, 0, 0], { height: 2, width: 3 })
const flipped = [...decodeRle(flipRle(cropRle(corner, [0, 0, 2, 2]), 'horizontal'))]

let refusal = ''
try {
  parseCoco({ ...maskTruth, images: [{ id: 1 }] }, 'gt.json')
} catch (error) {
  refusal = `${error}`
}
Object.assign(globalThis, { outcome: { stats, areas, flipped, refusal } })

/**
 * Whether `data suggest` tells the images that a model is wrong about: rank correlation (Spearman) of what it computes without labels
 * with what labels say, 1 less the panoptic quality of what was found, over the images of a COCO file.
 *
 *     npx tsx benchmarks/suggest.ts MODEL IMAGES ANNOTATIONS [COUNT]
 *
 * And how wrong the model is on average about the COUNT (10) images that would be suggested, the COUNT most uncertain, and all, which
 * is what images drawn by chance have. Figures: docs/data.md.
 */
import { join } from 'node:path'
import { judgePool } from '../src/cli/data/judged-pool.ts'
import { annotationsOf, annotationToRle } from '../src/data/dataset.ts'
import { parseCoco } from '../src/formats/coco/coco.ts'
import { flipRle } from '../src/geometry/rle-flip.ts'
import { loadJson } from '../src/node/files.ts'
import { type Instance, instanceMask } from '../src/predict/instance.ts'
import { chooseForLabels } from '../src/predict/label-choice.ts'
import { labelValue } from '../src/predict/label-value.ts'
import { argumentsOr } from './usage.ts'

const [model, folder, file, count = '10'] = argumentsOr('suggest.ts MODEL IMAGES ANNOTATIONS [COUNT]', 3)
const dataset = parseCoco(await loadJson(file), file)
const files = dataset.images.map(({ fileName }) => join(folder, fileName))
const signal = new AbortController().signal
const { images } = await judgePool(files, { model, device: 'cpu', threads: 1, signal })
if (images.length < dataset.images.length) throw new Error('not all images can be read')

/** Labels as a mirrored view would have found them. */
const wrong = images.map(({ instances, width }, i) => {
  const image = dataset.images[i]
  const truth = annotationsOf(dataset, image.id).filter(({ isCrowd }) => !isCrowd)
  const mirrored = truth.map((annotation): Instance => {
    const [x1, y1, x2, y2] = annotation.box
    return {
      ...{ categoryId: annotation.categoryId, category: '', score: 1, box: [width - x2, y1, width - x1, y2] },
      mask: instanceMask(flipRle(annotationToRle(annotation, image), 'horizontal')),
    }
  })
  const sure = instances.filter(({ score }) => score >= 0.5)
  return labelValue(sure, mirrored, width).disagreement
})

/** Places in ascending order; equal values share the mean of theirs. */
function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length
    return below + (values.filter((other) => other === value).length - 1) / 2
  })
}

function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)]
  const middle = (a.length - 1) / 2
  const product = (p: readonly number[], q: readonly number[]) =>
    p.reduce((sum, value, i) => sum + (value - middle) * (q[i] - middle), 0)
  return product(x, y) / Math.sqrt(product(x, x) * product(y, y))
}

for (const key of ['doubt', 'disagreement', 'uncertainty', 'objects'] as const) {
  const rho = spearman(
    images.map((image) => image[key]),
    wrong,
  )
  console.log(`${key.padEnd(14)} Spearman ${rho.toFixed(3)}`)
}
const meanOf = (indices: readonly number[]) =>
  (indices.reduce((sum, i) => sum + wrong[i], 0) / indices.length).toFixed(3)
const all = images.map((_, i) => i)
const uncertain = all
  .toSorted((a, b) => images[b].uncertainty - images[a].uncertainty)
  .slice(0, Number(count))
console.log(
  `1 - PQ of suggested ${meanOf(chooseForLabels(images, [], Number(count)).map(({ index }) => index))}`,
)
console.log(`1 - PQ of most uncertain ${meanOf(uncertain)}, of all ${meanOf(all)}`)

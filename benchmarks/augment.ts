/**
 * What each augmentation costs beside reading, scaling and cropping an image: the images of a COCO file, one sample each, in one thread.
 *
 *     npx tsx benchmarks/augment.ts IMAGES ANNOTATIONS [ROUNDS]
 *
 * Milliseconds a sample, and the ratio to the plain pipeline; medians over the rounds, in turns. Figures: docs/training.md.
 */
import { quantile } from '../src/cli/bench/quantile.ts'
import { type AugmentConfig, NO_AUGMENTATION } from '../src/data/augment/augment.ts'
import { makeItem } from '../src/data/batch-job.ts'
import { companions } from '../src/data/companions.ts'
import { annotationsOf, labelMap } from '../src/data/dataset.ts'
import { parseCoco } from '../src/formats/coco/coco.ts'
import { recompressJpeg } from '../src/node/decode-image.ts'
import { loadJson } from '../src/node/files.ts'
import { readImageIn } from '../src/node/image-folder.ts'
import { argumentsOr } from './usage.ts'

const resize = { kind: 'shortest-side', minSize: 320, maxSize: 640 } as const
const PLAIN: AugmentConfig = {
  ...NO_AUGMENTATION,
  scale: { kind: 'shortest-side-range', from: 224, to: 448, maxSize: 640 },
  crop: { height: 288, width: 288, minVisible: 0.1, minArea: 4 },
  horizontalFlip: 0.5,
}
const WAYS: Readonly<Record<string, AugmentConfig>> = {
  plain: PLAIN,
  'large-scale jitter': { ...PLAIN, scale: { kind: 'jitter', from: 0.1, to: 2, resize } },
  'copy-paste': { ...PLAIN, copyPaste: { probability: 1 } },
  affine: { ...PLAIN, affine: { rotate: 30, scale: 0.1, shear: 5, translate: 0.1 } },
  mosaic: { ...PLAIN, mosaic: { probability: 1 } },
  blur: { ...PLAIN, blur: { probability: 1, sigma: 2 } },
  noise: { ...PLAIN, noise: { probability: 1, gaussian: 10, poisson: 0.1 } },
  cutout: { ...PLAIN, cutout: { probability: 1, count: 1, size: 0.3 } },
  jpeg: { ...PLAIN, jpeg: { probability: 1, quality: 30 } },
}

const [folder, file, rounds = '3'] = argumentsOr('augment.ts IMAGES ANNOTATIONS [ROUNDS]', 2)
const dataset = parseCoco(await loadJson(file), file)
const readImage = readImageIn(folder)
const { labelOf } = labelMap(dataset.categories)
const images = dataset.images.slice(0, 14)

async function milliseconds(augment: AugmentConfig, epoch: number): Promise<number> {
  const companionsOf = companions(dataset, images, augment, 0)
  const started = performance.now()
  for (const [index, image] of images.entries()) {
    const annotations = annotationsOf(dataset, image.id)
    const item = { image, annotations, epoch, index, ...companionsOf(epoch, index) }
    await makeItem(item, { seed: 0, labelOf, augment }, readImage, recompressJpeg)
  }
  return (performance.now() - started) / images.length
}

const samples = new Map<string, number[]>(Object.keys(WAYS).map((name) => [name, []]))
for (let round = -1; round < Number(rounds); round++) {
  for (const [name, augment] of Object.entries(WAYS)) {
    const taken = await milliseconds(augment, round + 1)
    if (round >= 0) samples.get(name)!.push(taken)
  }
}
const plain = quantile(samples.get('plain')!, 0.5)
for (const [name, taken] of samples) {
  const median = quantile(taken, 0.5)
  console.log(`${name.padEnd(20)} ${median.toFixed(1).padStart(6)} ms ${(median / plain).toFixed(2)}`)
}

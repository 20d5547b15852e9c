/**
 * The photos of fruits.ts learned by heart by a small MobileNetV3 that starts from random numbers, 0.65 million weights on
 * images of 160 pixels. Measured: box AP about 0.83, mask AP 0.71, in some minutes on 2 cores.
 *
 *   npx maskwright train configs/fruits-mobilenet.ts --out runs/fruits-mobilenet
 */
import type { TrainConfig } from '../src/train/train-config.ts'
import { config as fruits } from './fruits.ts'

const side = { kind: 'shortest-side', minSize: 160, maxSize: 300 } as const

export const config = {
  ...fruits,
  goal: 'Fourteen photos learned by heart; box AP of at least 0.8 on the same photos.',
  model: {
    name: 'mask-rcnn',
    backbone: {
      name: 'mobilenet_v3_large',
      widthMultiplier: 0.35,
      stages: [1, 2, 3, 4],
      norm: { kind: 'groupNorm', groups: 8 },
    },
    fpn: { channels: 48 },
    anchors: { sizes: [[12], [20], [32], [48], [64]] },
    rpn: {
      training: { preNmsTopN: 300, postNmsTopN: 150 },
      inference: { preNmsTopN: 300, postNmsTopN: 60 },
      targets: { size: 32 },
    },
    box: { head: { kind: 'mlp', width: 128 }, targets: { size: 32 } },
    mask: { head: { convs: 2, width: 48 } },
    transform: { resize: side },
  },
  augment: { scale: side },
  steps: 300,
  optimizer: { name: 'adamw', learningRate: 2e-3, weightDecay: 0.01 },
  schedule: { kind: 'cosine', warmupSteps: 30 },
  evaluateEvery: 300,
  initialWeights: null,
} satisfies TrainConfig

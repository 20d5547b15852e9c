/** The first fifty training images of nuclei, and twenty of other specimens to evaluate: what learning.ts compares, with a small budget. */
import type { TrainConfig } from '../../src/train/train-config.ts'
import { config as fruits } from './fruits.ts'

const folder = '../../data/nuclei'
const { model } = fruits

export const config = {
  ...fruits,
  model: {
    ...model,
    anchors: { sizes: [[12], [24], [48], [96], [192]] },
    box: { ...model.box, scoreThreshold: 0.01, nmsThreshold: 0.4, maxDetections: 200 },
    transform: { resize: { kind: 'enlarge', minSize: 448, maxSize: 1024 } },
  },
  data: {
    train: { images: `${folder}/images`, annotations: `${folder}/annotations/train.json`, limit: 50 },
    val: { images: `${folder}/images`, annotations: `${folder}/annotations/val.json`, limit: 20 },
  },
  augment: {
    ...fruits.augment,
    scale: { kind: 'enlarge', minSize: 448, from: 0.75, to: 1.3 },
    crop: { height: 192, width: 192, minVisible: 0.2, minArea: 12 },
  },
  steps: 140,
  schedule: { kind: 'cosine', warmupSteps: 15 },
  evaluateEvery: 140,
  maxInstances: 60,
} satisfies TrainConfig

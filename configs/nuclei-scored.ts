/**
 * The bundled model with scores of its masks (Mask Scoring R-CNN): from its weights, with a new MaskIoU head. Data as for
 * nuclei.ts.
 *
 *   npx maskwright train configs/nuclei-scored.ts --out runs/nuclei-scored
 *
 * The same budget without scores, to compare with:
 *
 *   npx maskwright train configs/nuclei-unscored.ts --out runs/nuclei-unscored
 */
import type { TrainConfig } from '../src/train/train-config.ts'
import { config as nuclei } from './nuclei.ts'

export const config = {
  ...nuclei,
  goal: 'Masks of nuclei ranked by how well they fit.',
  model: {
    ...nuclei.model,
    name: 'mask-scoring-rcnn',
    maskIou: { convs: 4, width: 96, linearWidth: 256 },
  },
  initialWeights: 'nuclei',
  steps: 300,
  optimizer: { ...nuclei.optimizer, learningRate: 3e-4 },
  schedule: { kind: 'cosine', warmupSteps: 30 },
  // The new head starts at nothing: an average over more steps than these would hold much of that.
  emaDecay: 0.98,
  evaluateEvery: 300,
} satisfies TrainConfig

/**
 * The bundled model with scores of its masks (Mask Scoring R-CNN): from its weights, with a new MaskIoU head. Data as for
 * nuclei.ts.
 *
 *   npx maskwright train configs/nuclei-scored.ts --out runs/nuclei-scored
 *
 * Measured on the 85 validation images: mask AP 0.513 (AP50 0.760, AP75 0.602) with masks ranked by their scores; the same
 * masks ranked by the scores of their class have 0.507 (0.758, 0.593). Box AP 0.539.
 *
 * The same budget without scores, to compare with:
 *
 *   npx maskwright train configs/nuclei-unscored.ts --out runs/nuclei-unscored
 */
import type { TrainConfig } from '../src/train/train-config.ts'
import { config as nuclei } from './nuclei.ts'

/** As it was found with when this was measured. */
const { suppression: _, ...box } = nuclei.model.box
const { head } = nuclei.model.mask

export const config = {
  ...nuclei,
  goal: 'Masks of nuclei ranked by how well they fit.',
  model: {
    ...nuclei.model,
    name: 'mask-scoring-rcnn',
    box: { ...box, nmsThreshold: 0.4 },
    mask: { head },
    maskIou: { convs: 4, width: 96, linearWidth: 256 },
  },
  initialWeights: 'nuclei',
  steps: 150,
  optimizer: { ...nuclei.optimizer, learningRate: 3e-4 },
  schedule: { kind: 'cosine', warmupSteps: 30 },
  // The new head starts at nothing: an average over more steps than these would hold much of that.
  emaDecay: 0.98,
  evaluateEvery: 150,
} satisfies TrainConfig

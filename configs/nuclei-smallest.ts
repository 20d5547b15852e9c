/**
 * The smallest training that is of use: nuclei from the first 50 labelled images, from scratch, in 1000 steps. Measured:
 * mask AP 0.42, AP50 0.67 on the 85 validation images, after 10 to 25 minutes on 2 cores. Data as for nuclei.ts.
 *
 *   npx maskwright train configs/nuclei-smallest.ts --out runs/nuclei-smallest
 */
import type { TrainConfig } from '../src/train/train-config.ts'
import { config as nuclei } from './nuclei.ts'

export const config = {
  ...nuclei,
  goal: 'Nuclei that can be counted, from 50 labelled images and 1000 steps.',
  model: {
    ...nuclei.model,
    backbone: { ...nuclei.model.backbone, stemWidth: 32 },
    // What its figures were measured with; nuclei.ts has since been tuned to its own model.
    box: { ...nuclei.model.box, scoreThreshold: 0.05, nmsThreshold: 0.3 },
    transform: { resize: { kind: 'enlarge', minSize: 512, maxSize: 2048 } },
  },
  data: { ...nuclei.data, train: { ...nuclei.data.train, limit: 50, repeat: null } },
  augment: { ...nuclei.augment, crop: { ...nuclei.augment.crop, height: 256, width: 256 } },
  steps: 1000,
  schedule: { kind: 'cosine', warmupSteps: 100 },
  emaDecay: 0.99,
  saveEvery: 100,
  evaluateEvery: 500,
} satisfies TrainConfig

/**
 * The photos of fruits.ts learned by heart by a thin CenterMask-Lite from random numbers: VoVNet-19-slim of half its channels.
 * Measured with one thread: mask AP 0.818, box AP 0.820 after 400 steps.
 *
 *   npx maskwright train configs/fruits-centermask-lite.ts --out runs/fruits-centermask-lite
 */
import type { TrainConfig } from '../src/train/train-config.ts'
import { config as fruits } from './fruits.ts'

const norm = { kind: 'groupNorm', groups: 8 } as const
const { initialWeights: _, ...rest } = fruits

export const config = {
  ...rest,
  model: {
    name: 'centermask',
    backbone: { name: 'vovnet19_slim', widthMultiplier: 0.5, norm },
    fpn: { channels: 64 },
    fcos: { towers: { classConvs: 2, boxConvs: 2, norm } },
    regions: { targets: { size: 64, positiveFraction: 0.5 } },
    mask: { head: { convs: 2, width: 64 } },
    maskIou: { convs: 2, width: 64, linearWidth: 128 },
    transform: fruits.model.transform,
  },
  steps: 400,
  optimizer: { name: 'adamw', learningRate: 2e-3, weightDecay: 0.01 },
  evaluateEvery: 200,
} satisfies TrainConfig

/**
 * The photos of fruits.ts learned by heart by a thin CenterMask from random numbers: VoVNet-39 of a quarter of its channels, and heads of
 * four convolutions. Measured with one thread: mask AP 0.841, box AP 0.833 after 400 steps.
 *
 *   npx maskwright train configs/fruits-centermask.ts --out runs/fruits-centermask
 */
import type { TrainConfig } from '../src/train/train-config.ts'
import { config as lite } from './fruits-centermask-lite.ts'

const { towers } = lite.model.fcos

export const config = {
  ...lite,
  model: {
    ...lite.model,
    backbone: { name: 'vovnet39', widthMultiplier: 0.25, norm: towers.norm },
    fcos: { towers: { ...towers, classConvs: 4, boxConvs: 4 } },
    mask: { head: { convs: 4, width: 64 } },
    maskIou: { convs: 4, width: 64, linearWidth: 256 },
  },
} satisfies TrainConfig

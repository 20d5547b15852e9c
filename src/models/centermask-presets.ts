/** CenterMask and CenterMask-Lite as their second publication (centermask2) configures them, by the names of its files. */
import { FROZEN_BATCH_NORM } from '../nn/norm.ts'
import type { BodyConfig } from './bodies/bodies.ts'
import { CENTERMASK_DEFAULTS, type CenterMaskConfig } from './centermask.ts'

/** Bytes of the mean colour of ImageNet, red first, and how far its colours stray. */
const MEAN = [123.675, 116.28, 103.53]
const STRAY = [58.395, 57.12, 57.375]
/** Most bodies take colours as they are, but for the mean. */
const BYTES = [1, 1, 1]

const scaled = (bytes: readonly number[]) => bytes.map((byte) => byte / 255)

/** 81 classes are COCO's with background. */
function full(backbone: BodyConfig, std = BYTES) {
  return (numClasses = 81): CenterMaskConfig => ({
    model: 'centermask',
    numClasses,
    ...CENTERMASK_DEFAULTS,
    backbone,
    transform: { ...CENTERMASK_DEFAULTS.transform, mean: scaled(MEAN), std: scaled(std) },
  })
}

/** Half the channels, half the convolutions of every head, and smaller images (the paper's implementation details). */
function lite(backbone: BodyConfig) {
  const whole = full(backbone)
  return (numClasses?: number): CenterMaskConfig => {
    const { fcos, mask, maskIou, transform, ...rest } = whole(numClasses)
    return {
      ...rest,
      fpn: { ...rest.fpn, channels: 128 },
      fcos: { ...fcos, towers: { ...fcos.towers, classConvs: 2, boxConvs: 2 } },
      mask: { ...mask, head: { ...mask.head, convs: 2, width: 128 } },
      maskIou: maskIou && { ...maskIou, convs: 2, width: 128 },
      transform: { ...transform, resize: { kind: 'shortest-side', minSize: 600, maxSize: 1000 } },
    }
  }
}

const norm = FROZEN_BATCH_NORM

export const CENTERMASK_PRESETS = {
  centermask_R_50_FPN_ms_3x: full({ name: 'resnet50', norm, strideIn: '1x1' }),
  centermask_R_101_FPN_ms_3x: full({ name: 'resnet101', norm, strideIn: '1x1' }),
  centermask_X_101_FPN_ms_3x: full({ name: 'resnext101_32x8d', norm }, STRAY),
  centermask_V_39_eSE_FPN_ms_3x: full({ name: 'vovnet39', norm }),
  centermask_V_57_eSE_FPN_ms_3x: full({ name: 'vovnet57', norm }),
  centermask_V_99_eSE_FPN_ms_3x: full({ name: 'vovnet99', norm }),
  centermask_lite_Mv2_FPN_ms_4x: lite({ name: 'mobilenet_v2', norm, stageEnd: 'last', stages: [2, 3, 4] }),
  centermask_lite_V_19_eSE_FPN_ms_4x: lite({ name: 'vovnet19', norm }),
  centermask_lite_V_19_slim_eSE_FPN_ms_4x: lite({ name: 'vovnet19_slim', norm }),
  centermask_lite_V_19_slim_dw_eSE_FPN_ms_4x: lite({ name: 'vovnet19_slim_dw', norm }),
  centermask_lite_V_39_eSE_FPN_ms_4x: lite({ name: 'vovnet39', norm }),
}

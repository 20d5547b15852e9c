/** Our configuration for a recorded case of centermask2. */
import type { CenterMaskConfig } from '../../src/models/centermask.ts'
import { CENTERMASK_PRESETS } from '../../src/models/centermask-presets.ts'
import type { Golden } from '../goldens.ts'
import { UnsupportedCase } from './comparison.ts'

type Setter = (config: CenterMaskConfig, value: never) => CenterMaskConfig

const fcos =
  (part: (value: number) => Partial<CenterMaskConfig['fcos']>): Setter =>
  (config, value) => ({ ...config, fcos: { ...config.fcos, ...part(value) } })
const regions =
  (part: (value: number) => Partial<CenterMaskConfig['regions']>): Setter =>
  (config, value) => ({ ...config, regions: { ...config.regions, ...part(value) } })

/** The reference's names of limits. */
const LIMITS: Readonly<Record<string, Setter>> = {
  INFERENCE_TH_TEST: fcos((scoreThreshold) => ({ scoreThreshold })),
  INFERENCE_TH_TRAIN: regions((scoreThreshold) => ({ scoreThreshold })),
  NMS_TH: fcos((nmsThreshold) => ({ nmsThreshold })),
  PRE_NMS_TOPK_TEST: fcos((candidates) => ({ candidates })),
  PRE_NMS_TOPK_TRAIN: regions((candidates) => ({ candidates })),
  POST_NMS_TOPK_TEST: fcos((maxDetections) => ({ maxDetections })),
  POST_NMS_TOPK_TRAIN: regions((maxDetections) => ({ maxDetections })),
}

/** The preset of the same name as the case's file, with its classes and limits. */
export function centermask2Config({ case: told }: Golden): CenterMaskConfig {
  const name = told.yaml.replace(/\.yaml$/, '')
  const { config = {}, num_classes: classes = config.NUM_CLASSES } = told
  if (!Object.hasOwn(CENTERMASK_PRESETS, name)) throw new UnsupportedCase(`the file ${told.yaml}`)
  const preset = CENTERMASK_PRESETS[name as keyof typeof CENTERMASK_PRESETS](classes + 1)
  return Object.entries(LIMITS).reduce(
    (settled, [limit, set]) =>
      config.FCOS?.[limit] === undefined ? settled : set(settled, config.FCOS[limit] as never),
    preset,
  )
}

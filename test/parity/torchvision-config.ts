/** Our configuration for a recorded torchvision case. */

import type { TransformConfig } from '../../src/detection/transform.ts'
import type { ModelConfig } from '../../src/models/catalogue.ts'
import type { DenseConfig } from '../../src/models/finders/dense-config.ts'
import { PRESETS } from '../../src/models/presets.ts'
import type { TwoStageConfig } from '../../src/models/two-stage.ts'
import type { NormConfig } from '../../src/nn/norm.ts'
import type { Golden } from '../goldens.ts'
import { UnsupportedCase } from './comparison.ts'

type Settings = Readonly<Record<string, number>>
type Setter = (config: ModelConfig, value: number) => ModelConfig

/** Settings of a part that models of some kinds have. */
const partly =
  <P extends string, C>(...parts: readonly P[]) =>
  (change: (part: C, value: number) => Partial<C>): Setter =>
  (config, value) => {
    const part = parts.find((name) => name in config)
    if (!part) throw new UnsupportedCase(`a setting of ${parts} in ${config.model}`)
    const old = (config as unknown as Record<P, C>)[part]
    return { ...config, [part]: { ...old, ...change(old, value) } }
  }
const rpn = partly<'rpn', TwoStageConfig['rpn']>('rpn')
const box = partly<'box', TwoStageConfig['box']>('box')
const dense = partly<'retina' | 'fcos', DenseConfig & { readonly scoreThreshold: number }>('retina', 'fcos')
const resize = (name: 'minSize' | 'maxSize'): Setter => {
  return (config, value) => {
    const rule = config.transform.resize
    if (rule.kind !== 'shortest-side') throw new UnsupportedCase(`a resize by ${rule.kind}`)
    return { ...config, transform: { ...config.transform, resize: { ...rule, [name]: value } } }
  }
}

/** torchvision's names of settings. */
const SETTERS: Readonly<Record<string, Setter>> = {
  num_classes: (config) => config,
  num_keypoints: (config, numKeypoints) =>
    config.model === 'keypoint-rcnn' ? { ...config, numKeypoints } : config,
  stem_width: (config, stemWidth) => ({
    ...config,
    backbone: { ...config.backbone, stemWidth } as ModelConfig['backbone'],
  }),
  min_size: resize('minSize'),
  max_size: resize('maxSize'),
  rpn_pre_nms_top_n_test: rpn(({ inference }, n) => ({ inference: { ...inference, preNmsTopN: n } })),
  rpn_post_nms_top_n_test: rpn(({ inference }, n) => ({ inference: { ...inference, postNmsTopN: n } })),
  rpn_pre_nms_top_n_train: rpn(({ training }, n) => ({ training: { ...training, preNmsTopN: n } })),
  rpn_post_nms_top_n_train: rpn(({ training }, n) => ({ training: { ...training, postNmsTopN: n } })),
  rpn_nms_thresh: rpn((_, nmsThreshold) => ({ nmsThreshold })),
  rpn_score_thresh: rpn((_, scoreThreshold) => ({ scoreThreshold })),
  rpn_fg_iou_thresh: rpn(({ targets }, high) => ({ targets: { ...targets, high } })),
  rpn_bg_iou_thresh: rpn(({ targets }, low) => ({ targets: { ...targets, low } })),
  rpn_batch_size_per_image: rpn(({ targets }, size) => ({ targets: { ...targets, size } })),
  rpn_positive_fraction: rpn(({ targets }, positiveFraction) => ({
    targets: { ...targets, positiveFraction },
  })),
  score_thresh: dense((_, scoreThreshold) => ({ scoreThreshold })),
  nms_thresh: dense((_, nmsThreshold) => ({ nmsThreshold })),
  detections_per_img: dense((_, maxDetections) => ({ maxDetections })),
  topk_candidates: dense((_, candidates) => ({ candidates })),
  box_score_thresh: box((_, scoreThreshold) => ({ scoreThreshold })),
  box_nms_thresh: box((_, nmsThreshold) => ({ nmsThreshold })),
  box_detections_per_img: box((_, maxDetections) => ({ maxDetections })),
  box_fg_iou_thresh: box(({ targets }, high) => ({ targets: { ...targets, high } })),
  box_bg_iou_thresh: box(({ targets }, low) => ({ targets: { ...targets, low } })),
  box_batch_size_per_image: box(({ targets }, size) => ({ targets: { ...targets, size } })),
  box_positive_fraction: box(({ targets }, positiveFraction) => ({
    targets: { ...targets, positiveFraction },
  })),
}

/** Cases were recorded of torchvision 0.14, which computes sizes in float32. */
export const RECORDED_TRANSFORM: Pick<TransformConfig, 'scalePrecision'> = { scalePrecision: 'float32' }

/** The preset a case names, with its settings. Throws `UnsupportedCase` for a model or setting unknown here. */
export function torchvisionConfig(golden: Golden): ModelConfig {
  const { model, config: settings, norm_layer: norm } = golden.case
  const preset = Object.hasOwn(PRESETS, model) ? PRESETS[model] : undefined
  if (!preset) throw new UnsupportedCase(`the model ${model}`)
  const own = withNorm(preset(settings.num_classes), norm)
  const start: ModelConfig = { ...own, transform: { ...own.transform, ...RECORDED_TRANSFORM } }
  return Object.entries(settings as Settings).reduce((config, [name, value]) => {
    const set = Object.hasOwn(SETTERS, name) ? SETTERS[name] : undefined
    if (!set) throw new UnsupportedCase(`the setting ${name}`)
    return set(config, value)
  }, start)
}

/** The backbone's norm as the case has it, for example `FrozenBatchNorm2d(eps=1e-5)`. */
function withNorm(config: ModelConfig, text: string): ModelConfig {
  const found = /^(FrozenBatchNorm2d|BatchNorm2d)\(eps=([\d.e+-]+)\)$/.exec(text)
  if (!found) throw new UnsupportedCase(`the norm ${text}`)
  const norm: NormConfig = {
    kind: found[1] === 'BatchNorm2d' ? 'batchNorm' : 'frozenBatchNorm',
    epsilon: Number(found[2]),
  }
  return { ...config, backbone: { ...config.backbone, norm } }
}

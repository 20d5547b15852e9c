/** The original publication's names of weights, as ours. */
import type { Tensor } from '../../src/tensor/tensor.ts'

const RENAMED: readonly (readonly [RegExp, (...found: string[]) => string])[] = [
  [/^backbone\.body\.stem\./, () => 'backbone.body.'],
  [/^backbone\.fpn\.fpn_inner(\d+)\./, (_, level) => `backbone.fpn.inner_blocks.${Number(level) - 1}.0.`],
  [/^backbone\.fpn\.fpn_layer(\d+)\./, (_, level) => `backbone.fpn.layer_blocks.${Number(level) - 1}.0.`],
  [/^rpn\.head\.conv\./, () => 'rpn.head.conv.0.0.'],
  [/^roi_heads\.box\.feature_extractor\./, () => 'roi_heads.box_head.'],
  [/^roi_heads\.box\.predictor\./, () => 'roi_heads.box_predictor.'],
  [
    /^roi_heads\.mask\.feature_extractor\.mask_fcn(\d+)\./,
    (_, i) => `roi_heads.mask_head.${Number(i) - 1}.0.`,
  ],
  [/^roi_heads\.mask\.predictor\./, () => 'roi_heads.mask_predictor.'],
]

/** Undefined for anchors, which are no weights here. */
export function msrcnnName(name: string): string | undefined {
  if (name.startsWith('rpn.anchor_generator.')) return undefined
  const rule = RENAMED.find(([pattern]) => pattern.test(name))
  return rule ? name.replace(...rule) : name
}

/** Weights under our names, the first convolution taking red before blue. */
export function msrcnnWeights(weights: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const ours = new Map<string, Tensor>()
  for (const [theirs, value] of weights) {
    const name = msrcnnName(theirs)
    if (name) ours.set(name, name === 'backbone.body.conv1.weight' ? mirroredChannels(value) : value)
  }
  return ours
}

/** `[out, 3, h, w]` with the channels in the other order. */
function mirroredChannels(weight: Tensor): Tensor {
  const [out, channels, height, width] = weight.shape
  const data = weight.data as Float32Array
  const area = height * width
  const mirrored = data.map((_, i) => {
    const [filter, channel] = [Math.floor(i / (channels * area)), Math.floor(i / area) % channels]
    return data[(filter * channels + channels - 1 - channel) * area + (i % area)]
  })
  return { dtype: 'float32', shape: [out, channels, height, width], data: mirrored }
}

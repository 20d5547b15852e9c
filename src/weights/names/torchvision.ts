import type { Convention } from '../convention.ts'
import { type Renaming, renamed } from './renaming.ts'

/** What torchvision called layers before 0.13, and published files still do. */
const OLD: readonly Renaming[] = [
  [
    /^backbone\.fpn\.(inner|layer)_blocks\.(\d+)\.(?=(?:weight|bias)$)/,
    (kind, i) => `backbone.fpn.${kind}_blocks.${i}.0.`,
  ],
  [/^rpn\.head\.conv\.(?=(?:weight|bias)$)/, () => 'rpn.head.conv.0.0.'],
  [/^roi_heads\.mask_head\.mask_fcn(\d+)\./, (conv) => `roi_heads.mask_head.${Number(conv) - 1}.0.`],
]

/** The same of RetinaNet, whose towers had their activations among their layers. FCOS' still have. */
const OLD_RETINA: readonly Renaming[] = [
  ...OLD,
  [
    /^head\.(classification|regression)_head\.conv\.(\d+)\.(?=(?:weight|bias)$)/,
    (head, layer) => `head.${head}_head.conv.${Number(layer) / 2}.0.`,
  ],
]

/** Weights of torchvision's detectors, whose names are ours. `names`: all of the file. */
export function torchvisionNames(names: ReadonlySet<string>): Convention {
  const isFcos = names.has('head.regression_head.bbox_ctrness.weight')
  const rules = isFcos ? OLD : OLD_RETINA
  return (name, tensor) => [[renamed(name, rules), tensor]]
}

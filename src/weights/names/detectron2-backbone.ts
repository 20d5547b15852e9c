import { type Convention, mirroredChannels } from '../convention.ts'
import { type Renaming, renamed } from './renaming.ts'

/** detectron2's ResNets: stages 2 to 5, a norm under its convolution, the shortcut by its name. */
const RESNET: readonly Renaming[] = [
  [/^stem\.conv1\.norm\./, () => 'bn1.'],
  [/^stem\.conv1\./, () => 'conv1.'],
  [/^res(\d)\.(\d+)\.shortcut\.norm\./, (stage, i) => `layer${Number(stage) - 1}.${i}.downsample.1.`],
  [/^res(\d)\.(\d+)\.shortcut\./, (stage, i) => `layer${Number(stage) - 1}.${i}.downsample.0.`],
  [/^res(\d)\.(\d+)\.conv(\d)\.norm\./, (stage, i, conv) => `layer${Number(stage) - 1}.${i}.bn${conv}.`],
  [/^res(\d)\.(\d+)\./, (stage, i) => `layer${Number(stage) - 1}.${i}.`],
]

/** MobileNetV2 with all of a block's layers in one row: convolution, norm and activation, the last without. */
const MOBILENET_V2: readonly Renaming[] = [
  // The first block widens nothing, so its second convolution is its last.
  [/^features\.1\.conv\.([34])\./, (layer) => `1.conv.${Number(layer) - 2}.`],
  [/^features\.(\d+)\.conv\.([67])\./, (block, layer) => `${block}.conv.${Number(layer) - 4}.`],
  [
    /^features\.(\d+)\.conv\.(\d+)\./,
    (block, layer) => `${block}.conv.${Math.floor(Number(layer) / 3)}.${Number(layer) % 3}.`,
  ],
  [/^features\./, () => ''],
]

/** Weights of the first convolution, which sees the channels of images. */
const FIRST: ReadonlySet<string> = new Set(['conv1.weight', 'stem.stem_1/conv.weight', '0.0.weight'])

/**
 * The body and the feature pyramid of a detectron2 model, which sees BGR images: a VoVNet, whose names are the same, a ResNet or a
 * MobileNetV2. Other names stay. `finest`: the level of the pyramid's first map, 2 for strides from 4 on.
 */
export function detectron2Backbone(finest: number): Convention {
  const pyramid: readonly Renaming[] = [
    [/^fpn_lateral(\d+)\./, (level) => `fpn.inner_blocks.${Number(level) - finest}.0.`],
    [/^fpn_output(\d+)\./, (level) => `fpn.layer_blocks.${Number(level) - finest}.0.`],
    [/^top_block\./, () => 'fpn.extra_blocks.'],
  ]
  return (name, tensor) => {
    const [, part] = /^backbone\.(.*)$/.exec(name) ?? []
    if (part === undefined) return [[name, tensor]]
    const [, inBody] = /^bottom_up\.(.*)$/.exec(part) ?? []
    if (inBody === undefined) return [[`backbone.${renamed(part, pyramid)}`, tensor]]
    const ours = renamed(inBody, [...RESNET, ...MOBILENET_V2])
    return [[`backbone.body.${ours}`, FIRST.has(ours) ? mirroredChannels(tensor) : tensor]]
  }
}

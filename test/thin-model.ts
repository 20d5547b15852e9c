import { input } from '../src/graph/value.ts'
import { MASK_RCNN, type MaskRcnnConfig } from '../src/models/mask-rcnn.ts'
import { encodeModelFile } from '../src/models/model-file.ts'
import { maskRcnnResnet50Fpn } from '../src/models/presets.ts'
import { initialize } from '../src/nn/init.ts'
import { FROZEN_BATCH_NORM } from '../src/nn/norm.ts'
import { asInputs, rootScope } from '../src/nn/scope.ts'

/** Names of the two classes a thin model tells apart. */
export const THIN_CATEGORIES = [
  { id: 4, name: 'leaf' },
  { id: 9, name: 'stem' },
]

/** The file of a complete Mask R-CNN of some hundred thousand random weights that finds up to five things anywhere. */
export function thinModelFile(): Uint8Array {
  const preset = maskRcnnResnet50Fpn(THIN_CATEGORIES.length + 1)
  const architecture: MaskRcnnConfig = {
    ...preset,
    backbone: { name: 'resnet18', stemWidth: 8, norm: FROZEN_BATCH_NORM },
    fpn: { channels: 16 },
    box: { ...preset.box, head: { kind: 'mlp', width: 32 }, scoreThreshold: 0.01, maxDetections: 5 },
    mask: { ...preset.mask, head: { convs: 1, width: 16 } },
    transform: { ...preset.transform, resize: { kind: 'keep' } },
  }
  const wanted = asInputs()
  MASK_RCNN.build(architecture).inference(
    rootScope(wanted.resolve, 'running'),
    input('image', 'uint8', ['H', 'W', 3]),
  )
  const weights = initialize(wanted.specs.values(), 3)
  const metadata = {
    architecture,
    categories: THIN_CATEGORIES,
    licence: 'MIT',
    source: 'random numbers',
    figures: {},
  }
  return encodeModelFile({ metadata, weights })
}

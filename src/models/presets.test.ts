import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { input } from '../graph/value.ts'
import { asInputs, rootScope, type Statistics } from '../nn/scope.ts'
import { elementCount } from '../tensor/shape.ts'
import { buildModel, type ModelConfig } from './catalogue.ts'
import { maskRcnnResnet50Fpn, PRESETS } from './presets.ts'

interface RecordedTensor {
  readonly name: string
  readonly shape: readonly number[]
}

function parametersOf(config: ModelConfig, statistics: Statistics = 'running') {
  const wanted = asInputs()
  const image = input('image', 'uint8', ['H', 'W', 3])
  buildModel(config).inference(rootScope(wanted.resolve, statistics), image)
  return [...wanted.specs.values()]
}

describe('maskrcnn_resnet50_fpn', () => {
  it("asks for torchvision's state dict: every name and shape, and nothing else", () => {
    const path = '../../test/fixtures/goldens/tv-maskrcnn-r50-eval-a/recipe.json'
    const { tensors } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as {
      tensors: RecordedTensor[]
    }
    const asked = parametersOf(maskRcnnResnet50Fpn()).map(({ name, shape }) => `${name} ${shape}`)
    expect(asked.sort()).toEqual(tensors.map(({ name, shape }) => `${name} ${shape}`).sort())
  })
})

// What torchvision's documentation says of its weights; frozen norms have no parameters.
it.each([
  ['fasterrcnn_resnet50_fpn', 41_755_286],
  ['fasterrcnn_resnet50_fpn_v2', 43_712_278],
  ['fasterrcnn_mobilenet_v3_large_fpn', 19_386_354],
  ['fasterrcnn_mobilenet_v3_large_320_fpn', 19_386_354],
  ['maskrcnn_resnet50_fpn', 44_401_393],
  ['maskrcnn_resnet50_fpn_v2', 46_359_409],
  ['keypointrcnn_resnet50_fpn', 59_137_258],
  ['fcos_resnet50_fpn', 32_269_600],
])('%s has %i parameters', (name, expected) => {
  const trained = parametersOf(PRESETS[name](), 'batch').filter(({ kind }) => kind === 'param')
  expect(trained.reduce((sum, { shape }) => sum + elementCount(shape), 0)).toBe(expected)
})

/** Outputs for the background, which the publication's weights have none of: of masks (their width and 1), of IoUs. */
const BACKGROUND = { full: 256 + 1 + 1024 + 1, lite: 128 + 1 + 1024 + 1 }

// The publication's state dicts (recorded: state-dict-names), statistics of norms among them.
it.each([
  ['centermask_R_50_FPN_ms_3x', 51_334_092 + BACKGROUND.full],
  ['centermask_R_101_FPN_ms_3x', 70_378_444 + BACKGROUND.full],
  ['centermask_X_101_FPN_ms_3x', 114_718_156 + BACKGROUND.full],
  ['centermask_V_39_eSE_FPN_ms_3x', 52_649_804 + BACKGROUND.full],
  ['centermask_V_57_eSE_FPN_ms_3x', 68_931_788 + BACKGROUND.full],
  ['centermask_V_99_eSE_FPN_ms_3x', 97_022_924 + BACKGROUND.full],
  ['centermask_lite_Mv2_FPN_ms_4x', 11_550_924 + BACKGROUND.lite],
  ['centermask_lite_V_19_eSE_FPN_ms_4x', 20_135_500 + BACKGROUND.lite],
  ['centermask_lite_V_19_slim_eSE_FPN_ms_4x', 12_456_060 + BACKGROUND.lite],
  ['centermask_lite_V_19_slim_dw_eSE_FPN_ms_4x', 11_188_124 + BACKGROUND.lite],
  ['centermask_lite_V_39_eSE_FPN_ms_4x', 35_149_772 + BACKGROUND.lite],
])('%s has %i numbers in its weights', (name, expected) => {
  const all = parametersOf(PRESETS[name]())
  expect(all.reduce((sum, { shape }) => sum + elementCount(shape), 0)).toBe(expected)
})

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { input } from '../graph/value.ts'
import { asInputs, rootScope } from '../nn/scope.ts'
import { buildModel } from './catalogue.ts'
import { maskRcnnResnet50Fpn } from './presets.ts'

interface RecordedTensor {
  readonly name: string
  readonly shape: readonly number[]
}

describe('maskrcnn_resnet50_fpn', () => {
  it("asks for torchvision's state dict: every name and shape, and nothing else", () => {
    const path = '../../test/fixtures/goldens/tv-maskrcnn-r50-eval-a/recipe.json'
    const { tensors } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as {
      tensors: RecordedTensor[]
    }
    const wanted = asInputs()
    const image = input('image', 'uint8', ['H', 'W', 3])
    buildModel(maskRcnnResnet50Fpn()).inference(rootScope(wanted.resolve, 'running'), image)
    const asked = [...wanted.specs.values()].map(({ name, shape }) => `${name} ${shape}`)
    expect(asked.sort()).toEqual(tensors.map(({ name, shape }) => `${name} ${shape}`).sort())
  })
})

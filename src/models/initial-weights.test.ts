import { expect, it } from 'vitest'
import { thinModelFile } from '../../test/thin-model.ts'
import { float32, type Tensor } from '../tensor/tensor.ts'
import { encodeTorch } from '../weights/torch/torch-writer.ts'
import { readInitialWeights } from './initial-weights.ts'
import { decodeModelFile } from './model-file.ts'

const { weights } = decodeModelFile(thinModelFile())

it('are those of a model file of ours', async () => {
  const found = await readInitialWeights(thinModelFile(), 'm', weights)
  expect(found.convention).toBe(undefined)
  expect([...found.weights.keys()].sort()).toEqual([...weights.keys()].sort())
})

it('are those of a classifier, in a file of PyTorch', async () => {
  const body = 'backbone.body.'
  const classifier = new Map<string, Tensor>([['fc.weight', float32([1])]])
  for (const [name, tensor] of weights)
    if (name.startsWith(body)) classifier.set(name.slice(body.length), tensor)
  const found = await readInitialWeights(encodeTorch(classifier), 'r.pth', weights)
  expect(found.convention).toBe('torchvision-body')
  expect(found.weights.size).toBe(classifier.size - 1)
  for (const [name, tensor] of found.weights) expect(tensor, name).toEqual(weights.get(name))
})

it('are not those of anything else', async () => {
  const other = encodeTorch(new Map([['encoder.weight', float32([1])]]))
  await expect(readInitialWeights(other, 'other.pth', weights)).rejects.toThrow(
    'other.pth: no tensor of the initial weights fits the model',
  )
})

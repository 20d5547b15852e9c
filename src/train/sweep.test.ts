import { describe, expect, it } from 'vitest'
import { parseSeeds, parseSwept, spreadOf, variantsOf } from './sweep.ts'

describe('a sweep', () => {
  it('is every combination, with every seed, each in a folder of its own', () => {
    const swept = ['optimizer.learningRate=0.0005,1e-3', 'model.name=fcos,retinanet'].map(parseSwept)
    const variants = variantsOf(swept, [0, 7])
    expect(variants.map(({ folder }) => folder)).toEqual([
      'optimizer.learningRate=0.0005_model.name=fcos/seed-0',
      'optimizer.learningRate=0.0005_model.name=fcos/seed-7',
      'optimizer.learningRate=0.0005_model.name=retinanet/seed-0',
      'optimizer.learningRate=0.0005_model.name=retinanet/seed-7',
      'optimizer.learningRate=0.001_model.name=fcos/seed-0',
      'optimizer.learningRate=0.001_model.name=fcos/seed-7',
      'optimizer.learningRate=0.001_model.name=retinanet/seed-0',
      'optimizer.learningRate=0.001_model.name=retinanet/seed-7',
    ])
    expect(variants[5].settings.map(({ path, value }) => [path.join('.'), value])).toEqual([
      ['optimizer.learningRate', 0.001],
      ['model.name', 'fcos'],
    ])
    expect(variantsOf([], [3, 4]).map(({ folder, seed }) => [folder, seed])).toEqual([
      ['seed-3', 3],
      ['seed-4', 4],
    ])
  })

  it('takes lists and objects for values', () => {
    const values = parseSwept('freeze=null,{"stages":2}').map(({ value }) => value)
    expect(values).toEqual([null, { stages: 2 }])
    expect(variantsOf([parseSwept('freeze=null,{"stages":2}')]).map(({ folder }) => folder)).toEqual([
      'freeze=null',
      'freeze=_stages_2_',
    ])
  })

  it.each([
    [() => parseSwept('steps'), '--set steps: not a setting with its value'],
    [() => parseSwept('steps=1,1'), '--sweep steps=1,1: not a setting with values to try; expected key.path'],
    [() => parseSwept('steps=1,,2'), '--sweep steps=1,,2: not a setting with values to try'],
    [
      () => parseSeeds('0,x'),
      '--seeds 0,x: not a list of seeds; expected different whole numbers of at least 0',
    ],
    [() => parseSeeds('0,0'), 'not a list of seeds'],
    [() => parseSeeds('-1'), 'not a list of seeds'],
    [
      () => variantsOf([parseSwept('steps=1,2'), parseSwept('steps=3,4')]),
      '--sweep steps: a setting is swept twice',
    ],
    [() => variantsOf([parseSwept('goal=a b,a+b')]), '--sweep: goal=a_b: two runs would share a folder'],
  ])('%# is refused', (make, message) => {
    expect(make).toThrow(message)
  })
})

it('a figure spreads by the deviation of a sample', () => {
  // Of 2, 4, 9: mean 5, squares 9 + 1 + 16, half of them 13.
  expect(spreadOf([2, 4, 9])).toEqual({ count: 3, mean: 5, deviation: Math.sqrt(13) })
  expect(spreadOf([0.5])).toEqual({ count: 1, mean: 0.5 })
  expect(spreadOf([])).toBeUndefined()
})

import { describe, expect, it } from 'vitest'
import { zeros } from '../tensor/tensor.ts'
import { fittingWeights, grownState, resumedState } from './state.ts'
import type { TrainGraph } from './train-graph.ts'

const step = {
  specs: [
    { name: 'a', shape: [2] },
    { name: 'b', shape: [3] },
    { name: 'c', shape: [4] },
  ],
  slots: [
    { name: 'mean/a', shape: [2], start: 'zeros' },
    { name: 'mean/b', shape: [3], start: 'zeros' },
    { name: 'average/c', shape: [4], start: { copyOf: 'c' } },
  ],
} as unknown as TrainGraph
const weights = (shapes: Readonly<Record<string, number>>) =>
  new Map(Object.entries(shapes).map(([name, length]) => [name, zeros('float32', [length])]))

describe('initial weights', () => {
  it('say how many of the tensors fit, and the first that does not', () => {
    const { weights: taken, ...fit } = fittingWeights(step, weights({ a: 2, b: 5 }), 'start.safetensors')
    expect([...taken.keys()]).toEqual(['a'])
    expect(fit).toEqual({
      fitting: 1,
      wanted: 3,
      misfit: 'b (expected float32 [3], got float32 [5])',
      misshapen: 1,
    })
    expect(fittingWeights(step, weights({ a: 2, b: 3 }), 'start').misfit).toBe('c (not in the file)')
    const whole = fittingWeights(step, weights({ a: 2, b: 3, c: 4, more: 1 }), 'start')
    expect([whole.fitting, whole.misfit]).toEqual([3, undefined])
  })

  it('are refused where none fits', () => {
    expect(() => fittingWeights(step, weights({ a: 9, other: 2 }), 'start.safetensors')).toThrow(
      'start.safetensors: no tensor of the initial weights fits the model; expected some of 3 tensors, got as the first misfit a (expected float32 [2], got float32 [9])',
    )
  })
})

it('a state that has grown lies in the order of one that is resumed, and keeps what it has', () => {
  const state = weights({ a: 2, b: 3, c: 4, 'mean/b': 3 })
  const grown = grownState(step, state)
  expect([...grown.keys()]).toEqual(['a', 'b', 'c', 'mean/a', 'mean/b', 'average/c'])
  expect([...resumedState(step, grown).keys()]).toEqual([...grown.keys()])
  for (const [name, value] of state) expect(grown.get(name)).toBe(value)
  expect(grown.get('average/c')).toBe(state.get('c'))
})

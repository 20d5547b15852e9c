import { describe, expect, it } from 'vitest'
import { toNumbers } from '../tensor/tensor.ts'
import { DEFAULT_WEIGHT, defaultBias, type Init, initialize, type ParameterSpec } from './init.ts'

const spec = (name: string, shape: number[], init: Init): ParameterSpec => ({
  ...{ name, shape, init, role: 'weight', kind: 'param' },
})
const values = (name: string, shape: number[], init: Init, seed = 1) =>
  toNumbers(initialize([spec(name, shape, init)], seed).get(name)!)
const deviation = (numbers: readonly number[]) =>
  Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0) / numbers.length)

describe('initialize', () => {
  // 32 x 16 x 3 x 3: fan in 144, fan out 288, 4608 numbers; their deviation is within 5% of the law's.
  const shape = [32, 16, 3, 3]
  it.each([
    ['normal', { kind: 'normal', std: 0.01 }, 0.01],
    ['kaiming normal by fan out', { kind: 'kaimingNormal', fan: 'out' }, Math.sqrt(2 / 288)],
    ['kaiming normal by fan in', { kind: 'kaimingNormal', fan: 'in' }, Math.sqrt(2 / 144)],
    // Uniform within b has the deviation b / sqrt(3); b = sqrt(6 / (2 * 144)) and 1 / sqrt(144).
    ['kaiming uniform of slope 1', { kind: 'kaimingUniform', slope: 1 }, Math.sqrt(6 / 288 / 3)],
    ['the default of layers', DEFAULT_WEIGHT, 1 / 12 / Math.sqrt(3)],
    ['the default bias', defaultBias(shape), 1 / 12 / Math.sqrt(3)],
  ] as [string, Init, number][])('draws %s', (_, init, expected) => {
    const drawn = values('w', shape, init)
    expect(deviation(drawn) / expected).toBeGreaterThan(0.95)
    expect(deviation(drawn) / expected).toBeLessThan(1.05)
  })

  it('gives every name its own numbers, whatever else there is', () => {
    const init: Init = { kind: 'normal', std: 1 }
    const both = initialize([spec('a', [4], init), spec('b', [4], init)], 1)
    expect(toNumbers(both.get('b')!)).toEqual(values('b', [4], init))
    expect(toNumbers(both.get('a')!)).not.toEqual(toNumbers(both.get('b')!))
    expect(values('b', [4], init, 2)).not.toEqual(values('b', [4], init, 1))
  })
})

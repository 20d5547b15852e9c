import { describe, expect, it } from 'vitest'
import { WeightError } from '../errors.ts'
import { float32, int64, type Tensor, tensor } from '../tensor/tensor.ts'
import { matchWeights, requireComplete } from './load.ts'

const wanted = new Map([
  ['conv.weight', { dtype: 'float32', shape: [2] }],
  ['conv.bias', { dtype: 'float32', shape: [1] }],
  ['steps', { dtype: 'int64', shape: [] }],
] as const)

describe('matchWeights', () => {
  it('sorts names into matched, missing, unexpected and mismatched', () => {
    const given = new Map<string, Tensor>([
      ['extra', float32([1])],
      ['steps', float32([1], [])],
      ['conv.weight', float32([1, 2])],
    ])
    const match = matchWeights(wanted, given)
    expect([...match.matched]).toEqual([['conv.weight', float32([1, 2])]])
    expect(match.missing).toEqual(['conv.bias'])
    expect(match.unexpected).toEqual(['extra'])
    expect(match.mismatched).toEqual([{ name: 'steps', expected: 'int64 []', got: 'float32 []' }])
  })

  it('converts between float widths', () => {
    const given = new Map<string, Tensor>([
      ['conv.weight', tensor('float16', [2], Uint16Array.of(0x3c00, 0xc000))],
      ['conv.bias', tensor('float64', [1], Float64Array.of(0.5))],
    ])
    const { matched } = matchWeights(wanted, given)
    expect(matched.get('conv.weight')).toEqual(float32([1, -2]))
    expect(matched.get('conv.bias')).toEqual(float32([0.5]))
    const half = matchWeights(
      new Map([['w', { dtype: 'float16', shape: [1] }]]),
      new Map([['w', float32([-2])]]),
    )
    expect(half.matched.get('w')).toEqual(tensor('float16', [1], Uint16Array.of(0xc000)))
  })
})

describe('requireComplete', () => {
  const complete = new Map<string, Tensor>([
    ['steps', int64([3], [])],
    ['conv.bias', float32([1])],
    ['conv.weight', float32([1, 2])],
  ])

  it('returns the weights in the order of the model', () => {
    expect([...requireComplete(matchWeights(wanted, complete)).keys()]).toEqual([...wanted.keys()])
  })

  it('names what does not fit', () => {
    const wrong = new Map(complete).set('conv.weight', float32([1, 2, 3]))
    const refuse = (given: Map<string, Tensor>) => () => requireComplete(matchWeights(wanted, given))
    expect(refuse(wrong)).toThrow(WeightError)
    expect(refuse(wrong)).toThrow(
      /^conv.weight: weight does not fit the model; expected float32 \[2\], got float32 \[3\]$/,
    )
    expect(refuse(new Map())).toThrow(/^weights are missing: conv.weight, conv.bias, steps$/)
  })
})

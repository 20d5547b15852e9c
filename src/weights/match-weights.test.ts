import { describe, expect, it } from 'vitest'
import { float32, type Tensor, tensor } from '../tensor/tensor.ts'
import { compareWeights, matchWeights } from './match-weights.ts'

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
    expect(match.missing).toEqual([{ name: 'conv.bias', nearest: undefined }])
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

describe('compareWeights', () => {
  it('tells what a missing name may be called: alike, of its shape, and not used already', () => {
    const of = (...shape: number[]) => ({ dtype: 'float32', shape }) as const
    const model = new Map([
      ['head.conv.weight', of(2)],
      ['head.conv.bias', of(1)],
      ['body.weight', of(3)],
    ])
    const file = new Map([
      ['head.conv_.weight', of(2)],
      ['head.conv.biaz', of(4)],
      ['body.weight', of(3)],
      ['else', of(1)],
    ])
    expect(compareWeights(model, file).missing).toEqual([
      { name: 'head.conv.weight', nearest: 'head.conv_.weight' },
      { name: 'head.conv.bias', nearest: undefined },
    ])
  })
})

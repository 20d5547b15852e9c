import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { goldenAvailable, openGolden } from './goldens.ts'
import { hashBits, hashfill, hashfillUnit, hashKey } from './recipe.ts'

/** The check values are those published with the recipe. */
describe('hashfill-v1', () => {
  it('has the published keys and bits', () => {
    const key = hashKey(1, 'backbone.body.conv1.weight')
    expect(key).toBe(0x3e420656)
    expect([0, 1, 2, 3].map((i) => hashBits(key, i))).toEqual([
      0x91413d18, 0xe299e4dc, 0xf4b43bc0, 0xd9a366f5,
    ])
    expect(hashKey(2, 'x')).toBe(0x0d99329b)
    expect(hashBits(hashKey(2, 'x'), 1_000_000)).toBe(0x7b7af020)
  })

  it('has the published values to the last bit', () => {
    const bits = ({ data }: { data: Float32Array }) => [...new Uint32Array(data.buffer)]
    expect(bits(hashfill(1, 'backbone.body.conv1.weight', [4], 0.5, 0.25))).toEqual([
      0x3ea2827a, 0x3f2299e4, 0x3f34b43b, 0x3f19a366,
    ])
    expect(bits(hashfill(20240607, 'rpn.head.conv.0.0.bias', [3], 0.1, 0))).toEqual([
      0x3cd3121a, 0xbda3a7dd, 0x3db344cb,
    ])
  })

  it('stays within [-1, 1)', () => {
    const { data } = hashfillUnit(7, 'u', [10_000])
    expect(Math.min(...data)).toBeGreaterThanOrEqual(-1)
    expect(Math.max(...data)).toBeLessThan(1)
    expect(Math.min(...data)).toBeLessThan(-0.99)
  })

  const name = 'cm-lite-v19slimdw-eval-a'
  it.skipIf(!goldenAvailable(name))(`makes the weights of ${name} (skipped where it is absent)`, () => {
    const golden = openGolden(name)
    const hash = createHash('sha256')
    for (const { data } of golden.weights.values()) {
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    }
    expect(hash.digest('hex')).toBe(golden.case.weights_check.sha256)
    expect(golden.inputs.size).toBeGreaterThan(0)
    expect(golden.outputs.size).toBeGreaterThan(0)
  })
})

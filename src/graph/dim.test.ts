import { expect, it } from 'vitest'
import { addDims, divideDims, multiplyDims, product, quotient, subtractDims } from './dim.ts'

it('keeps equal sizes equal expressions', () => {
  // A 3x3 window with one pixel of padding keeps the size: H + 2 - 3 + 1 = H.
  expect(addDims(divideDims(addDims('H', 2 - 3), 1), 1)).toBe('H')
  expect(addDims(addDims('H', 2), -5)).toBe('(H-3)')
  expect(addDims(3, 'H')).toBe('(H+3)')
  expect(subtractDims('H', 'H')).toBe(0)
  expect(addDims('(H*W)', 1)).toBe('((H*W)+1)')
  expect(addDims('((A+1)//2)', 0)).toBe('((A+1)//2)')
  expect(addDims('((A+1)+(B+2))', 1)).toBe('(((A+1)+(B+2))+1)')
})

it('divides multiples exactly, with what is beside them', () => {
  // A 3x3 window of stride 2 with one pixel of padding halves even sides: (32 q - 1) // 2 + 1 = 16 q.
  const side = multiplyDims(32, '((H+31)//32)')
  const half = addDims(divideDims(addDims(side, 2 - 3), 2), 1)
  expect(half).toBe(multiplyDims(16, '((H+31)//32)'))
  expect(divideDims(addDims(side, 5), 4)).toBe('((8*((H+31)//32))+1)')
  expect(divideDims('(6*H)', 4)).toBe('((6*H)//4)')
  expect(divideDims('(H+4)', 2)).toBe('((H+4)//2)')
})

it('multiplies canonically and divides what it multiplied', () => {
  expect(multiplyDims('W', multiplyDims('H', 4))).toBe(product([4, 'H', 'W']))
  expect(quotient([1, 256, 'H', 'W'], [1, 256, product(['W', 'H'])])).toBe(1)
  expect(quotient([6, 'H'], [2])).toBe('(3*H)')
  expect(quotient(['N', 12, 'H'], ['N', 3, 4])).toBe('H')
  expect(quotient([5, 'H'], [2])).toBe('((5*H)//2)')
})

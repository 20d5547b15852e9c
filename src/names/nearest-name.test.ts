import { expect, it } from 'vitest'
import { nearestName } from './nearest-name.ts'

it.each([
  ['maks', ['mask', 'boxes'], 'mask'],
  ['FPM', ['fpn', 'rpn'], 'fpn'],
  // Two of three letters are others.
  ['foo', ['fpn', 'rpn'], undefined],
  ['x', [], undefined],
])('%s of %j is %s', (name, names, expected) => {
  expect(nearestName(name, names)).toBe(expected)
})

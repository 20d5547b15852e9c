import { expect, it } from 'vitest'
import { decodeListing, encodeListing } from './listing.ts'

it('a listing keeps any name, and pages', () => {
  const images = [{ file: 'two\nlines "a".png' }, { file: 's.tif#2', path: 's.tif', page: 2 }]
  const text = encodeListing(images)
  expect(text.split('\n')).toHaveLength(3)
  expect(decodeListing(text, 'list')).toEqual(images)
})

it.each([
  ['a.png', 'is not JSON'],
  ['{"file":7}', 'names no image'],
  ['{"file":""}', 'names no image'],
  ['null', 'names no image'],
  ['{"file":"a.tif#0","path":"a.tif","page":0}', 'names no image'],
])('a listing with %s is refused by its line', (line, told) => {
  expect(() => decodeListing(`{"file":"a.png"}\n\n${line}\n`, 'list')).toThrow(`list: line 3: ${told}`)
})

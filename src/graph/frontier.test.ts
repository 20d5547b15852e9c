import { expect, it } from 'vitest'
import { add, mul } from '../ops/elementwise.ts'
import { frontier } from './frontier.ts'
import { at } from './path.ts'
import { input } from './value.ts'

const source = input('source', 'float32', [2, 3])
const [first, second, learned] = ['first', 'second', 'learned'].map((name) => input(name, 'float32', [3]))
const isPart = (path: string) => path === 'body'

it('is where fixed parts end, and nothing that the parts alone need or others make of it', () => {
  const low = at('body', () => mul(source, mul(first, 2)))
  const high = at('body', () => add(mul(low, second), 1))
  // Of the parts alone as well, and still not theirs.
  const doubled = at('heads', () => mul(high, 2))
  const loss = at('heads', () => add(mul(low, learned), mul(doubled, learned)))
  expect(frontier([loss], source, new Set([first, second]), isPart)).toEqual([low, high])
  // What learns ends it sooner.
  expect(frontier([loss], source, new Set([first]), isPart)).toEqual([low])
  expect(frontier([loss], source, new Set([second]), isPart)).toEqual([])
  // An output is an end too.
  expect(frontier([high], source, new Set([first, second]), isPart)).toEqual([high])
})

it('counts the way to a part, and leaves what needs nothing of the source', () => {
  const prepared = at('prepare', () => add(source, 1))
  const map = at('body', () => mul(prepared, first))
  const aside = at('body', () => mul(first, second))
  const loss = at('heads', () => add(mul(map, learned), aside))
  expect(frontier([loss], source, new Set([first, second]), isPart)).toEqual([map])
})

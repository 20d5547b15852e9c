import { describe, expect, it } from 'vitest'
import { random } from '../tensor/random.ts'
import { joinedGroups, likePictures, parseGroupRule, ruledGroups } from './image-groups.ts'
import type { ImageProbe } from './image-probe.ts'

function image(fileName: string, attributes?: Record<string, string>) {
  return { id: 1, fileName, width: 64, height: 64, attributes }
}

function probe(pixels: string, value: (x: number, y: number) => number): ImageProbe {
  const thumbnail = Uint8Array.from({ length: 1024 }, (_, i) => value(i % 32, i >> 5))
  const size = { width: 64, height: 64 }
  return { kind: 'image', stored: size, shown: size, orientation: 1, pixels, thumbnail }
}

describe('groups of images', () => {
  it('are told by folder, by a pattern on the name, or by an attribute', () => {
    const images = [image('a/w1_3.png', { well: 'B2' }), image('a/w2_4.png'), image('b\\w1_5.png')]
    expect(ruledGroups(images, parseGroupRule('folder'))).toEqual(['a/', 'a/', 'b/'])
    expect(ruledGroups(images, parseGroupRule('name:(w\\d)_'))).toEqual(['w1', 'w2', 'w1'])
    expect(ruledGroups(images, parseGroupRule('well'))).toEqual(['B2', undefined, undefined])
    expect(() => ruledGroups(images, parseGroupRule('plate'))).toThrow(
      '--group-by: no image belongs to a group; expected folder, name:PATTERN, well, got plate',
    )
    expect(() => parseGroupRule('name:(')).toThrow('--group-by: pattern is no regular expression')
  })

  it('hold together what is equal or looks the same', () => {
    const images = ['a', 'b', 'c', 'd'].map((name) => image(name))
    const noise = (seed: number) => {
      const { integer } = random(seed)
      const values = Uint8Array.from({ length: 1024 }, () => integer(200))
      return (x: number, y: number) => values[y * 32 + x]
    }
    const cells = noise(1)
    const probes = new Map([
      ['a', probe('1', cells)],
      ['b', probe('1', cells)],
      ['c', probe('2', (x, y) => cells(x, y) * 0.9 + 5)],
      ['d', probe('3', noise(2))],
    ])
    expect(likePictures(images, probes)).toEqual([
      [0, 1],
      [0, 2],
    ])
  })

  it('are joined by way of others', () => {
    const groups = joinedGroups(
      ['p', 'q', undefined, 'p', undefined],
      [
        [1, 2],
        [2, 3],
      ],
    )
    expect(groups).toEqual([0, 0, 0, 0, 4])
  })
})

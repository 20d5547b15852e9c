import { describe, expect, it } from 'vitest'
import { encodeRle } from '../geometry/rle.ts'
import { classColor, PALETTE } from './colors.ts'
import { type Instance, instanceMask } from './instance.ts'
import { type Picture, renderOverlay } from './render.ts'

const grey = (width: number, height: number): Picture => ({
  data: new Uint8Array(width * height * 3).fill(100),
  width,
  height,
})

/** 5 x 4 with a block of 3 x 3 at (1, 1): its only pixel with four neighbours inside is (2, 2). */
const rows = ['.....', '.###.', '.###.', '.###.']
const bitmap = [...rows.join('')].map((cell) => (cell === '#' ? 1 : 0))
const block: Instance = {
  categoryId: 1,
  category: 'block',
  score: 0.876,
  box: [1, 1, 4, 4],
  mask: instanceMask(encodeRle(bitmap, { height: 4, width: 5 })),
}
const boxed: Instance = { categoryId: 1, category: 'box', score: 0.5, box: [0.6, -1, 3.4, 2.4] }

const [FIRST, SECOND] = PALETTE

describe('classColor', () => {
  it('gives a thousand classes many different colours, the first those of the palette', () => {
    const colors = Array.from({ length: 1000 }, (_, i) => classColor(i).join())
    expect(colors.slice(0, 7)).toEqual(PALETTE.map((color) => color.join()))
    expect(new Set(colors).size).toBeGreaterThan(900)
    // Hue 92.556 degrees, saturation 0.85, lightness 0.55: chroma 0.765; red 0.5184, green 0.9325, blue 0.1675 of 255.
    expect(classColor(7)).toEqual([132, 238, 43])
  })
})

describe('renderOverlay', () => {
  it('draws rims opaque, tints what lies within, and leaves the rest and the given picture alone', () => {
    const image = grey(5, 4)
    const { data, width, height } = renderOverlay(image, [block], { magnify: 1, opacity: 0.25 })
    expect([width, height]).toEqual([5, 4])
    // A quarter of the colour on three quarters of 100.
    const tinted = [85, 110, 139]
    const expected = [...rows.join('')].map((cell, i) =>
      cell === '.' ? [100, 100, 100] : i === 2 * 5 + 2 ? tinted : [...FIRST],
    )
    expect(pixels(data)).toEqual(expected)
    expect(image.data.every((value) => value === 100)).toBe(true)
  })

  it('draws keypoints as dots over lines between them, and none without a place', () => {
    const keypoints = [
      { name: 'a', x: 4, y: 5.5, score: 3 },
      { name: 'b', x: 20, y: 5.5, score: -2 },
      { name: 'c', x: 12, y: 1, score: Number.NEGATIVE_INFINITY },
    ]
    const skeleton = [
      [1, 2],
      [2, 3],
    ] as const
    const drawn = (lineWidth: number, magnify = 1) => {
      const bare = { ...boxed, box: [0, 0, 0, 0] as const, keypoints, skeleton }
      const { data, width } = renderOverlay(grey(24, 11), [bare], { magnify, lineWidth, labels: 'none' })
      return (x: number, y: number) => pixels(data)[y * width + x]
    }
    const at = drawn(1)
    // The line reaches a pixel to either side of the middle of row 5, so that it covers half of rows 4 and 6. Dots reach 2 pixels,
    // their rims 3.5.
    const half = [70, 120, 178]
    expect([4, 5, 6].map((y) => at(12, y))).toEqual([half, [...FIRST], half])
    expect(at(12, 3)).toEqual([100, 100, 100])
    expect(at(12, 1)).toEqual([100, 100, 100])
    expect([at(20, 5), at(22, 6)]).toEqual([[...FIRST], [255, 255, 255]])
    expect(at(4, 10)).toEqual([100, 100, 100])
    expect(drawn(1, 2)(24, 11)).toEqual([...FIRST])
  })

  it('magnifies by whole numbers; the rim stays one pixel wide', () => {
    const { data, width, height, magnify } = renderOverlay(grey(5, 4), [block], { magnify: 2, opacity: 0 })
    expect([width, height, magnify]).toEqual([10, 8, 2])
    const drawn = pixels(data).map(([red]) => (red === 100 ? '.' : '#'))
    expect(drawn.join('').match(/.{10}/g)).toEqual([
      '..........',
      '..........',
      '..######..',
      '..#....#..',
      '..#....#..',
      '..#....#..',
      '..#....#..',
      '..######..',
    ])
  })

  it('outlines the box, cut at the border, where there is no mask', () => {
    // Rounded to (1, -1, 3, 2): columns 1 and 2 are its sides, row 1 its lower edge.
    const { data } = renderOverlay(grey(4, 3), [boxed], { magnify: 1 })
    const drawn = pixels(data).map(([red]) => (red === 100 ? '.' : '#'))
    expect(drawn.join('').match(/.{4}/g)).toEqual(['.##.', '.##.', '....'])
  })

  it('says what to write where, in the colours used', () => {
    const { labels } = renderOverlay(grey(5, 4), [block, boxed], { magnify: 10, labels: 'class' })
    expect(labels).toEqual([
      { text: 'block 0.88', x: 10, y: 10, color: FIRST },
      { text: 'box 0.50', x: 6, y: -10, color: SECOND },
    ])
  })

  it('labels what is not covered by it, by default with the class where there are several', () => {
    const large: Instance = { ...boxed, categoryId: 2, category: 'large', box: [0, 0, 3, 3] }
    const texts = (magnify: number, instances: Instance[], labels?: 'none' | 'score') =>
      renderOverlay(grey(5, 4), instances, { magnify, labels }).labels.map(({ text }) => text)
    expect(texts(40, [block, large])).toEqual(['block 0.88', 'large 0.50'])
    expect(texts(40, [large])).toEqual(['0.50'])
    expect(texts(10, [block, large])).toEqual([])
    expect(texts(10, [block, large], 'score')).toEqual(['0.88', '0.50'])
    expect(texts(40, [block, large], 'none')).toEqual([])
  })

  it('gives a class its colour on every picture where the classes are told', () => {
    const colorOf = (instance: Instance) =>
      renderOverlay(grey(5, 4), [instance], {
        ...{ labels: 'score', color: 'class', classes: ['box', 'block'] },
      }).labels[0].color
    expect([colorOf(block), colorOf(boxed)]).toEqual([SECOND, FIRST])
    // One that is not among them takes none of theirs.
    expect(colorOf({ ...block, category: 'other' })).toEqual(PALETTE[2])
  })

  it('draws a class in one colour and wider lines where asked to', () => {
    const [second, third] = [block, { ...boxed, category: 'block' }]
    const { labels } = renderOverlay(grey(5, 4), [block, second, third], { labels: 'score', color: 'class' })
    expect(labels.map(({ color }) => color)).toEqual([FIRST, FIRST, FIRST])
    const { data } = renderOverlay(grey(5, 4), [block], { magnify: 4, opacity: 0, lineWidth: 2 })
    // Row 5 of the picture is the second of the block's twelve rows; row 8 has two pixels at each side.
    const row = (y: number) =>
      pixels(data.subarray(y * 60, (y + 1) * 60)).map(([red]) => (red === 100 ? '.' : '#'))
    expect(row(5).join('')).toBe('....############....')
    expect(row(8).join('')).toBe('....##........##....')
  })

  it('doubles small pictures and leaves others', () => {
    expect(renderOverlay(grey(300, 5), []).magnify).toBe(2)
    expect(renderOverlay(grey(600, 5), []).magnify).toBe(1)
  })
})

function pixels(data: Uint8Array): number[][] {
  return Array.from({ length: data.length / 3 }, (_, i) => [...data.subarray(3 * i, 3 * i + 3)])
}

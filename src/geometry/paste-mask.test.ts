import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '../tensor/random.ts'
import { decodeSafetensors } from '../weights/safetensors.ts'
import type { Box } from './boxes.ts'
import { pasteMask, pasteMaskProbabilities } from './paste-mask.ts'
import { pasteBox } from './paste-reach.ts'
import { type CompressedRle, compressRle, decodeRle, encodeRle, rleArea } from './rle.ts'

const goldens = new URL('../../../shared/goldens/', import.meta.url)
const tensorsOf = (path: string) =>
  decodeSafetensors(new Uint8Array(readFileSync(new URL(path, goldens)))).tensors
const boxAt = (boxes: Float32Array, i: number) =>
  Array.from(boxes.subarray(4 * i, 4 * i + 4)) as unknown as Box
const absent = !existsSync(goldens)
const why = absent ? ' (skipped: the golden folder is not beside the repository)' : ''

describe.skipIf(absent)(`pasteMask as torchvision${why}`, () => {
  it('pastes probabilities', () => {
    const inputs = tensorsOf('tv-det-utils-a/inputs.safetensors')
    const expected = tensorsOf('tv-det-utils-a/outputs.safetensors').get('paste.masks')!
    const masks = inputs.get('paste.masks')!.data as Float32Array
    const boxes = inputs.get('paste.boxes')!.data as Float32Array
    const size = { height: 60, width: 80 }
    let worst = 0
    for (let i = 0; i < 9; i++) {
      const mask = { data: masks.subarray(784 * i, 784 * (i + 1)), side: 28 }
      const pasted = pasteMaskProbabilities(mask, boxAt(boxes, i), size)
      const wanted = (expected.data as Float32Array).subarray(4800 * i, 4800 * (i + 1))
      pasted.forEach((value, at) => {
        worst = Math.max(worst, Math.abs(value - wanted[at]))
      })
    }
    expect(worst).toBeLessThan(2e-6)
  })

  it('thresholds into the same masks', () => {
    const outputs = tensorsOf('tv-maskrcnn-r50-eval-a/outputs.safetensors')
    const masks = JSON.parse(
      readFileSync(new URL('tv-maskrcnn-r50-eval-a/masks_rle.json', goldens), 'utf8'),
    ) as (CompressedRle & { area: number; ambiguous_pixels: number })[][]
    masks.forEach((expected, image) => {
      const probabilities = outputs.get(`det.${image}.masks28`)!.data as Float32Array
      const boxes = outputs.get(`det.${image}.boxes`)!.data as Float32Array
      expected.forEach(({ size: [height, width], counts, area, ambiguous_pixels }, i) => {
        const mask = { data: probabilities.subarray(784 * i, 784 * (i + 1)), side: 28 }
        const pasted = pasteMask(mask, boxAt(boxes, i), { height, width })
        if (ambiguous_pixels === 0) expect(compressRle(pasted)).toEqual({ size: [height, width], counts })
        else expect(Math.abs(rleArea(pasted) - area)).toBeLessThanOrEqual(ambiguous_pixels)
      })
    })
  })
})

describe('pasteBox', () => {
  it('grows the box by two cells of the mask about its centre and truncates toward zero', () => {
    // Side 28: half the width grows by 30 / 28, 14 to 15 and 7 to 7.5.
    expect(pasteBox([10, 20, 38, 34], 28)).toEqual([9, 19, 39, 34])
    // -0.5 and -1.5 become 0 and -1.
    expect(pasteBox([0.5, -0.5, 28.5, 27.5], 28)).toEqual([0, -1, 29, 28])
  })
})

describe.skipIf(absent)(`pasteMask as detectron2${why}`, () => {
  it('thresholds into the same masks', () => {
    const outputs = tensorsOf('cm-lite-v19-eval-a/outputs.safetensors')
    const masks = JSON.parse(
      readFileSync(new URL('cm-lite-v19-eval-a/masks_rle.json', goldens), 'utf8'),
    ) as CompressedRle[][]
    const [height, width] = masks[0][0].size
    const unclipped = outputs.get('proposals.0.pred_boxes')!.data as Float32Array
    const probabilities = outputs.get('raw.0.pred_masks')!.data as Float32Array
    const found = Array.from({ length: 50 }, (_, i) => {
      const box = boxAt(unclipped, i).map((side, k) => Math.min(Math.max(side, 0), k % 2 ? height : width))
      const mask = { data: probabilities.subarray(784 * i, 784 * (i + 1)), side: 28 }
      return { mask, box: box as unknown as Box }
    }).filter(({ box: [x1, y1, x2, y2] }) => x2 > x1 && y2 > y1)
    const pasted = found.map(({ mask, box }) => compressRle(pasteMask(mask, box, { height, width }, 'exact')))
    expect(pasted.map(({ counts }) => counts)).toEqual(masks[0].map(({ counts }) => counts))
  })
})

describe('pasteMask', () => {
  const mask = { data: Float32Array.from({ length: 16 }, (_, i) => ((i * 7) % 16) / 15), side: 4 }

  it.each(['whole-pixels', 'exact'] as const)(
    'runs agree with the image wherever the box lies: %s',
    (pasting) => {
      const coordinate = fc.float({ min: -30, max: 40, noNaN: true })
      fc.assert(
        fc.property(coordinate, coordinate, coordinate, coordinate, (x1, y1, x2, y2) => {
          const size = { height: 9, width: 12 }
          const box: Box = [x1, y1, x2, y2]
          const image = pasteMaskProbabilities(mask, box, size, pasting)
          const expected = encodeRle(
            Array.from(image, (value) => value >= 0.5),
            size,
          )
          expect(pasteMask(mask, box, size, pasting)).toEqual(expected)
        }),
      )
    },
  )

  /** From a disc to numbers within rounding of the threshold, and some that are no probabilities. */
  const valuesOf = (kind: number, seed: number) => {
    const { uniform } = random(seed)
    const [steep, turn] = [3 + 40 * uniform(), 6 * uniform()]
    return (row: number, column: number) => {
      const [y, x] = [row - 0.5, column - 0.5]
      if (kind === 0) return 1 / (1 + Math.exp(steep * (x * x + y * y - 0.1)))
      if (kind === 1) return 1 / (1 + Math.exp(6 * (x * Math.cos(turn) + y * Math.sin(turn))))
      if (kind === 2) return 0.5 + (uniform() - 0.5) * 4e-7
      if (kind === 3) return uniform() < 0.5 ? 0.5 : 0.5 + (uniform() - 0.5) * 1e-5
      return uniform() < 0.1 ? Number.NaN : 3 * uniform() - 1
    }
  }

  it.each(['whole-pixels', 'exact'] as const)(
    'runs agree with the image where many pixels lie between two cells: %s',
    (pasting) => {
      const place = fc.double({ min: -100, max: 300, noNaN: true })
      const length = fc.double({ min: 0.01, max: 2000, noNaN: true })
      const side = fc.constantFrom(4, 14, 28)
      const kind = fc.nat(4)
      fc.assert(
        fc.property(place, place, length, length, side, kind, fc.nat(), (x, y, w, h, side, kind, seed) => {
          const value = valuesOf(kind, seed)
          const data = Float32Array.from({ length: side * side }, (_, i) =>
            value(Math.floor(i / side) / side, (i % side) / side),
          )
          const size = { height: 211, width: 67 }
          const box: Box = [x / 4, y, x / 4 + w, y + h]
          const image = pasteMaskProbabilities({ data, side }, box, size, pasting)
          const expected = encodeRle(
            Array.from(image, (value) => value >= 0.5),
            size,
          )
          expect(pasteMask({ data, side }, box, size, pasting)).toEqual(expected)
        }),
        { numRuns: 100 },
      )
    },
  )

  it('fills an image that the mask covers', () => {
    // All ones, far larger than the image: the zero border lies outside it.
    const full = { data: new Float32Array(16).fill(1), side: 4 }
    const size = { height: 3, width: 2 }
    expect([...decodeRle(pasteMask(full, [-10, -10, 12, 13], size))]).toEqual([1, 1, 1, 1, 1, 1])
  })

  it('is empty for a box that is not finite, and refuses a mask that is no square', () => {
    expect(rleArea(pasteMask(mask, [0, 0, Number.NaN, 4], { height: 4, width: 4 }))).toBe(0)
    const wrong = { data: new Float32Array(15), side: 4 }
    expect(() => pasteMask(wrong, [0, 0, 4, 4], { height: 4, width: 4 })).toThrow(
      'expected 16 values for side 4',
    )
  })
})

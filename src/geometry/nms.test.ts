import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { toNumbers } from '../tensor/tensor.ts'
import { decodeSafetensors } from '../weights/safetensors.ts'
import { type Box, boxArea, boxIou, clipBox } from './boxes.ts'
import { batchedNms, nms, type SoftNmsMethod, softNms } from './nms.ts'

interface Case {
  op: string
  key: string
  inputs: string
  iou_threshold: number
  method: SoftNmsMethod | 'hard'
  sigma: number
  score_threshold: number
}
const folder = new URL('../../test/fixtures/goldens/ops-nms-a/', import.meta.url)
const read = (name: string) => decodeSafetensors(new Uint8Array(readFileSync(new URL(name, folder)))).tensors
const inputs = read('inputs.safetensors')
const outputs = read('outputs.safetensors')
const { cases } = JSON.parse(readFileSync(new URL('case.json', folder), 'utf8')) as { cases: Case[] }
const named = (op: string) => cases.filter((entry) => entry.op === op)
const input = (name: string) => inputs.get(name)!.data as Float32Array
const numbers = (name: string) => toNumbers(outputs.get(name)!)
const box = (data: ArrayLike<number>, i: number): Box => [
  data[4 * i],
  data[4 * i + 1],
  data[4 * i + 2],
  data[4 * i + 3],
]

describe('nms as torchvision', () => {
  it.each(named('nms'))('$key', ({ key, inputs: from, iou_threshold }) => {
    expect(nms(input(`${from}.boxes`), input(`${from}.scores`), iou_threshold)).toEqual(numbers(key))
  })

  it.each(named('batched_nms'))('$key', ({ key, inputs: from, iou_threshold }) => {
    const groups = toNumbers(inputs.get(`${from}.idxs`)!)
    const kept = batchedNms(input(`${from}.boxes`), input(`${from}.scores`), groups, iou_threshold)
    expect(kept).toEqual(numbers(key))
  })

  it('refuses scores that do not fit the boxes', () => {
    expect(() => nms(new Float32Array(4), [0.5, 0.4], 0.5)).toThrow(
      'expected 8 coordinates for 2 scores, got 4',
    )
    expect(() => batchedNms(new Float32Array(4), [0.5], [1, 2], 0.5)).toThrow('expected 1, got 2')
  })
})

describe('softNms', () => {
  const soft = named('soft_nms').filter(({ method }) => method !== 'hard')
  it.each(soft)('$key', ({ key, inputs: from, iou_threshold, method, sigma, score_threshold }) => {
    const result = softNms(input(`${from}.boxes`), input(`${from}.scores`), {
      method: method as SoftNmsMethod,
      threshold: iou_threshold,
      sigma,
      minScore: score_threshold,
    })
    expect(result.indices).toEqual(numbers(`${key}.keep`))
    const expected = numbers(`${key}.scores`)
    result.scores.forEach((score, i) => {
      expect(Math.abs(score - expected[i])).toBeLessThan(1e-12)
    })
  })
})

describe('boxes as torchvision', () => {
  it('computes IoU', () => {
    const [a, b] = [input('random.boxes'), input('ties.boxes')]
    const expected = numbers('box_iou')
    for (let i = 0; i < 40; i++) {
      for (let j = 0; j < 30; j++) {
        expect(Math.abs(boxIou(box(a, i), box(b, j)) - expected[30 * i + j])).toBeLessThan(1e-6)
      }
    }
  })

  it('clips', () => {
    const clipped = Array.from({ length: 40 }, (_, i) =>
      clipBox(box(input('random.boxes'), i), { height: 120, width: 150 }),
    )
    expect(clipped.flat()).toEqual(numbers('clip_boxes'))
  })

  it('gives inverted boxes no area', () => {
    expect(boxArea([4, 0, 1, 9])).toBe(0)
    expect(boxIou([0, 0, 0, 0], [0, 0, 0, 0])).toBe(0)
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT, runCommand } from './command-line.ts'

const GOLDENS = join(ROOT, 'test/fixtures/goldens')

describe('maskwright evaluate --results', () => {
  it.each([
    ['coco-bbox-a', 'bbox'],
    ['coco-bbox-edge', 'bbox'],
    ['coco-segm-a', 'segm'],
    ['coco-segm-with-bbox', 'segm'],
    ['coco-keypoints-a', 'keypoints'],
  ])('prints the figures recorded from pycocotools, to the last digit: %s', async (name, iouType) => {
    const file = (part: string) => join(GOLDENS, name, part)
    const { status, stdout } = await runCommand(
      [
        'evaluate',
        '--results',
        file('dt.json'),
        '--annotations',
        file('gt.json'),
        '--iou',
        iouType,
        '--json',
      ],
      { cwd: ROOT },
    )
    expect(status).toBe(0)
    const printed = JSON.parse(stdout)
    expect(Object.keys(printed)).toEqual([iouType])
    const { stats } = JSON.parse(readFileSync(file('expected.json'), 'utf8'))
    expect(Object.values(printed[iouType])).toEqual(stats)
  })
})

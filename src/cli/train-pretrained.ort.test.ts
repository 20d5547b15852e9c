import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { command, folderOf } from '../../test/in-process.ts'
import { THIN_MASK_RCNN } from '../../test/thin-training.ts'
import { tiffFile } from '../../test/tiff-file.ts'
import { decodeModelFile, decodePretrained } from '../models/model-file.ts'
import { loadBodyWeights } from '../node/package-files.ts'

const SIDE = 64
const RATE = 1e-3

/** A bright block on noise. */
function photo(): Uint8Array {
  const isBlock = (x: number, y: number) => x >= 10 && x < 40 && y >= 20 && y < 44
  const data = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE)]
    return isBlock(x, y) ? 200 + (i % 37) : (i * 7919) % 101
  })
  return tiffFile({ data, width: SIDE, height: SIDE, channels: 3, photometric: 2 })
}

const ring = [10, 20, 40, 20, 40, 44, 10, 44]
const labels = {
  images: [{ id: 1, file_name: 'a.tif', width: SIDE, height: SIDE }],
  annotations: [
    {
      id: 1,
      image_id: 1,
      category_id: 1,
      iscrowd: 0,
      bbox: [10, 20, 30, 24],
      area: 720,
      segmentation: [ring],
    },
  ],
  categories: [{ id: 1, name: 'block' }],
}

const config = {
  model: {
    ...THIN_MASK_RCNN,
    backbone: { name: 'efficientnet_lite0', norm: { kind: 'frozenBatchNorm' } },
  },
  data: { train: { images: '.', annotations: 'train.json' } },
  pretrained: 'imagenet',
  freeze: { stages: 2 },
  optimizer: { name: 'adamw', learningRate: RATE },
  schedule: { kind: 'constant', warmupSteps: 0 },
  ...{ steps: 2, batchSize: 1, workers: 1, threads: 1, searchMemory: false, emaDecay: null },
}

it('starts from the body of the package; frozen stages stay, the others learn', {
  timeout: 240_000,
}, async () => {
  const folder = folderOf({
    'a.tif': photo(),
    'train.json': JSON.stringify(labels),
    'config.json': JSON.stringify(config),
  })
  const out = path.join(folder, 'run')
  const { code, stderr } = await command('train', path.join(folder, 'config.json'), '--out', out)
  expect(code, stderr).toBe(0)
  expect(stderr).not.toContain('random numbers')

  const given = decodePretrained(await loadBodyWeights('efficientnet_lite0'), 'body')
  const { weights } = decodeModelFile(readFileSync(path.join(out, 'checkpoints', 'last.safetensors')))
  // Two strides: the stem with the first block, and the two blocks after it (efficientnet-lite.test.ts); statistics never learn.
  const stays = /body\.(_conv_stem|_bn0|_blocks\.[012])\.|\._bn\d\./
  const kept: string[] = []
  const moved: number[] = []
  for (const [name, { data: before }] of given) {
    const after = weights.get(name)!.data
    const most = after.reduce((worst, value, i) => Math.max(worst, Math.abs(value - before[i])), 0)
    if (stays.test(name)) {
      expect(most, name).toBe(0)
      kept.push(name)
    } else {
      expect(most, name).toBeGreaterThan(0)
      moved.push(most)
    }
  }
  // Stem, first block of two convolutions, two of three; and three of each of the thirteen blocks that learn.
  expect(kept.filter((name) => !/_bn/.test(name))).toHaveLength(1 + 2 + 2 * 3)
  expect(moved).toHaveLength(13 * 3)
  // A step of AdamW is about the learning rate, and random weights would lie a hundred times as far from those of the file.
  expect(Math.max(...moved)).toBeLessThan(4 * RATE)
})

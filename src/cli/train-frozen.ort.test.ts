import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { command, folderOf } from '../../test/in-process.ts'
import { THIN_MASK_RCNN } from '../../test/thin-training.ts'
import { tiffFile } from '../../test/tiff-file.ts'
import { decodeSafetensors } from '../weights/safetensors.ts'

const SIDE = 64
const IMAGES = ['a.tif', 'b.tif', 'c.tif']

function picture(seed: number): Uint8Array {
  return tiffOf(
    Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => (i * (7 + seed) + (i >> 7) * 13) % 251),
  )
}

function tiffOf(data: Uint8Array): Uint8Array {
  return tiffFile({ data, width: SIDE, height: SIDE, channels: 3, photometric: 2 })
}

const labels = {
  images: IMAGES.map((name, i) => ({ id: i + 1, file_name: name, width: SIDE, height: SIDE })),
  annotations: IMAGES.map((_, i) => {
    const [x, y] = [8 + 4 * i, 20 - 5 * i]
    return {
      ...{ id: i + 1, image_id: i + 1, category_id: 1, iscrowd: 0, bbox: [x, y, 30, 24], area: 720 },
      segmentation: [[x, y, x + 30, y, x + 30, y + 24, x, y + 24]],
    }
  }),
  categories: [{ id: 1, name: 'block' }],
}

const config = {
  model: THIN_MASK_RCNN,
  data: { train: { images: '.', annotations: 'train.json' } },
  augment: { horizontalFlip: 0.5, verticalFlip: 0.5 },
  optimizer: { learningRate: 0.002, layerDecay: 0.5 },
  schedule: { kind: 'constant', warmupSteps: 0 },
  ...{
    steps: 6,
    batchSize: 2,
    workers: 0,
    threads: 1,
    searchMemory: false,
    optimizeGraph: false,
    emaDecay: 0.5,
    logEvery: 1,
    saveEvery: 1,
  },
}

function trainingIn(freeze: object) {
  const folder = folderOf({
    ...Object.fromEntries(IMAGES.map((name, i) => [name, picture(i)])),
    'train.json': JSON.stringify(labels),
    'config.json': JSON.stringify({ ...config, freeze }),
  })
  return {
    at: (...parts: string[]) => path.join(folder, ...parts),
    async train(run: string, ...flags: string[]) {
      const out = path.join(folder, run)
      const { code, stderr } = await command(
        'train',
        path.join(folder, 'config.json'),
        '--out',
        out,
        ...flags,
      )
      expect(code, stderr).toBe(0)
      return stderr
    },
    losses(run: string): number[] {
      const lines = readFileSync(path.join(folder, run, 'metrics.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
      return lines.map((line) => JSON.parse(line)).flatMap(({ loss }) => (loss === undefined ? [] : [loss]))
    },
    state(run: string) {
      return decodeSafetensors(readFileSync(path.join(folder, run, 'checkpoints', 'last.safetensors')))
        .tensors
    },
  }
}

type Training = ReturnType<typeof trainingIn>

function expectEqualRuns(training: Training, run: string, other: string) {
  expect(training.losses(run)).toEqual(training.losses(other))
  const expected = training.state(other)
  expect([...training.state(run).keys()]).toEqual([...expected.keys()])
  for (const [name, { data }] of training.state(run))
    expect([name, data]).toEqual([name, expected.get(name)!.data])
}

describe('features on disk', { timeout: 240_000 }, () => {
  it('train as images do, to the precision of float16, and are made anew where they are damaged', async () => {
    const none = trainingIn({ stages: 5 })
    await none.train('run')
    const disk = trainingIn({ stages: 5, features: 'disk' })
    expect(await disk.train('whole')).toMatch(
      /computed once for each of 3 images, padded to 64 x 64, in up to 4 orientations, and kept in features of the run: at most \d MB/,
    )
    // Losses of the first steps are those of nearly the same weights; from then on rounding grows as it does in any training.
    const [given, kept] = [none.losses('run'), disk.losses('whole')]
    for (const [i, loss] of given.entries())
      expect(Math.abs(kept[i] / loss - 1)).toBeLessThan(i < 3 ? 2e-3 : 2e-2)
    expect(kept).not.toEqual(given)
    expect(existsSync(disk.at('whole', 'features'))).toBe(false)

    await disk.train('run', '--max-steps', '3')
    const [key] = readdirSync(disk.at('run', 'features'))
    const files = readdirSync(disk.at('run', 'features', key)).map((name) =>
      disk.at('run', 'features', key, name),
    )
    expect(files.length).toBeGreaterThan(2)
    const contents = files.map((file) => readFileSync(file))
    const damaged = Buffer.from(contents[0])
    damaged[damaged.length >> 1] ^= 1
    writeFileSync(files[0], damaged)
    rmSync(files[1])
    writeFileSync(files[2], contents[2].subarray(0, 100))
    await disk.train('run', '--resume')
    expectEqualRuns(disk, 'run', 'whole')
  })

  it('are those of another image where it has changed, and numbers where that is black all over', async () => {
    const { at, train, losses } = trainingIn({ stages: 5, features: 'disk' })
    await train('run', '--max-steps', '2')
    const before = readdirSync(at('run', 'features')).map((key) => readdirSync(at('run', 'features', key)))
    const black = tiffOf(new Uint8Array(SIDE * SIDE * 3))
    for (const [i, name] of IMAGES.entries()) writeFileSync(at(name), i === 1 ? black : picture(9))
    await train('run', '--resume', '--max-steps', '4')
    const after = readdirSync(at('run', 'features')).map((key) => readdirSync(at('run', 'features', key)))
    expect(after).toHaveLength(1)
    const isOld = (name: string) => before[0].includes(name)
    expect(after[0].filter((name) => !isOld(name)).length).toBeGreaterThan(0)
    expect(losses('run').map(Number.isFinite)).toEqual([true, true, true, true])
  })
})

describe('stages that are freed', { timeout: 240_000 }, () => {
  it('learn from their step on, and a run that was stopped anywhere goes on as if it had not been', async () => {
    const training = trainingIn({ stages: 6, features: 'disk', until: [2, 4] })
    const told = await training.train('whole')
    expect(told).toContain('from step 2 on 5 stages stay frozen, the others learn')
    expect(told).toContain('from step 4 on 4 stages stay frozen, the others learn')
    for (const last of [2, 3, 5]) {
      await training.train('run', '--max-steps', `${last}`, ...(last > 2 ? ['--resume'] : []))
      const moments = [...training.state('run').keys()].filter((name) => name.startsWith('adam/mean/'))
      expect(moments.some((name) => name.includes('backbone.fpn'))).toBe(last > 2)
      expect(moments.some((name) => name.includes('body.layer4'))).toBe(last > 4)
      expect(moments.some((name) => name.includes('body.layer3'))).toBe(false)
    }
    await training.train('run', '--resume')
    expectEqualRuns(training, 'run', 'whole')
  })
})

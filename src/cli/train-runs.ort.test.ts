import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { command, folderOf } from '../../test/in-process.ts'
import { THIN_MASK_RCNN } from '../../test/thin-training.ts'
import { tiffFile } from '../../test/tiff-file.ts'
import { decodeModelFile } from '../models/model-file.ts'
import type { Moment } from '../train/trainer.ts'
import { loadConfig, startRun } from './train-run.ts'

const SIDE = 64
const ring = [10, 20, 40, 20, 40, 44, 10, 44]
const object = { id: 1, image_id: 1, iscrowd: 0, bbox: [10, 20, 30, 24], area: 720, segmentation: [ring] }
const labels = (...categories: { id: number; name: string }[]) =>
  JSON.stringify({
    images: [{ id: 1, file_name: 'a.tif', width: SIDE, height: SIDE }],
    annotations: [{ ...object, category_id: categories[0].id }],
    categories,
  })

/** A stack whose first page is another picture, of another size; the second has two channels of 16 bits. */
function stack(): Uint8Array {
  const small = {
    data: new Uint16Array(2 * 32 * 32).fill(9),
    width: 32,
    height: 32,
    channels: 2,
    extraSamples: [0],
  }
  const data = Uint16Array.from({ length: 2 * SIDE * SIDE }, (_, i) => (i % 2 ? 3000 + (i % 1000) : 7))
  return tiffFile(small, { data, width: SIDE, height: SIDE, channels: 2, photometric: 1, extraSamples: [0] })
}

const config = {
  recipe: 'mask-rcnn-1x',
  model: THIN_MASK_RCNN,
  data: {
    train: { images: '.', annotations: 'train.json' },
    val: { images: '.', annotations: 'val.json' },
    page: 2,
    channels: [2],
  },
  freeze: { stages: 2 },
  ...{ steps: 9, batchSize: 1, workers: 1, threads: 1, searchMemory: false },
}

describe('a training', { timeout: 120_000 }, () => {
  it('reads pages and channels as it is told, matches validation by name, and logs its last step', async () => {
    const folder = folderOf({
      'train.json': labels({ id: 5, name: 'block' }, { id: 6, name: 'rod' }),
      'val.json': labels({ id: 1, name: 'block' }, { id: 5, name: 'ball' }),
      'a.tif': stack(),
      'config.json': JSON.stringify(config),
    })
    const at = (...parts: string[]) => path.join(folder, ...parts)
    const train = (...flags: string[]) => command('train', at('config.json'), '--out', at('run'), ...flags)
    const short = await train('--max-steps', '2')
    expect(short.code, short.stderr).toBe(0)
    expect(short.stderr).toMatch(
      /a\.tif, read as all images are: .*16 bit, 3\d{3} to 3\d{3} shown as black to white \(data\.intensity auto, each picture by its own range\)\n/,
    )
    expect(short.stderr).toContain(
      `${at('val.json')}: the model does not know "ball": such objects count as missed\n`,
    )
    expect(short.stderr).toContain(`${at('val.json')}: the annotations lack "rod"`)

    // A sixteenth of the rate; two thirds and eight ninths of the steps.
    expect(short.stderr).toContain(
      'recipe mask-rcnn-1x (learning rate 0.02 and 90000 steps of 16 images): learning rate 0.00125 and 9 steps of 1, times 0.1 from step 6 and 8 on, 2 stages frozen\n',
    )
    expect(short.stderr).toContain('the frozen stages are random numbers and stay so: give them weights')
    // The stem, 3 x 8 x 49, and two blocks of 2 x (8 x 8 x 9); the numbers of a frozen batch norm are no parameters.
    expect(short.stderr).toMatch(/training: \d+\.\d\d M parameters, 3480 of them frozen\n/)
    const stored = JSON.parse(readFileSync(at('run', 'config.json'), 'utf8'))
    expect(stored).toMatchObject({
      recipe: 'mask-rcnn-1x',
      optimizer: { name: 'sgd', learningRate: 0.00125 },
      schedule: { milestones: [6, 8] },
      freeze: { stages: 2 },
    })

    const logged = () => {
      const lines = readFileSync(at('run', 'metrics.jsonl'), 'utf8').trimEnd().split('\n')
      return lines.map((line) => JSON.parse(line)).filter((line) => 'loss' in line)
    }
    // Every 20 steps, the first, and the last of this call.
    expect(logged().map(({ step }) => step)).toEqual([1, 2])
    expect(readFileSync(at('run', 'report.html'), 'utf8')).toContain('2 of 9')

    const again = await train('--resume', '--max-steps', '2')
    expect([again.code, again.stderr]).toEqual([
      0,
      expect.stringContaining(
        'the run is at step 2 already, so nothing is trained; a larger --max-steps goes on\n',
      ),
    ])

    // A hook may end it after a step, which is then as the last one.
    const finish = new AbortController()
    const afterThird = async ({ progress: { step } }: Moment) => {
      if (step === 3) finish.abort()
      return undefined
    }
    const [file, way] = [at('config.json'), { resume: true, device: 'cpu' } as const]
    const { progress, isAborted, figures } = await startRun(
      file,
      await loadConfig(file, way),
      at('run'),
      way,
      new AbortController().signal,
      { hooks: [{ afterStep: afterThird }], finish: finish.signal },
    )
    expect([progress.step, isAborted, Object.keys(figures)]).toEqual([
      3,
      false,
      expect.arrayContaining(['val_segm_AP50']),
    ])
    expect(logged().map(({ step }) => step)).toEqual([1, 2, 3])

    const best = at('run', 'checkpoints', 'best.safetensors')
    expect(decodeModelFile(readFileSync(best)).metadata.channels).toEqual([2])
    const out = ['--out', at('out'), '--no-overlay', '--page', '2']
    const predicted = await command('predict', at('a.tif'), '--model', best, ...out)
    expect(predicted.stderr).toContain('channel 2, as the model was trained with; --channel chooses another')
    expect(predicted.stderr).toMatch(/16 bit, 3\d{3} to 3\d{3} shown/)
    const first = await command('predict', at('a.tif'), '--model', best, ...out, '--channel', '1')
    expect(first.stderr).not.toContain('as the model was trained')
    expect(first.stderr).toContain('all of it is 7')
  })

  it('refuses channels and pages that are none', async () => {
    const folder = folderOf({
      'config.json': JSON.stringify({ ...config, data: { ...config.data, page: 0, channels: [1, 2] } }),
    })
    const { code, stderr } = await command('train', path.join(folder, 'config.json'))
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /data\.page is wrong; expected a whole number of at least 1 or null, got 0.*data\.channels is wrong; expected a list of one or three whole numbers from 1 on or null, got \[1,2\]/,
      ),
    ])
  })
})

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeModelFile } from '../../src/models/model-file.ts'
import { command, folderOf } from '../in-process.ts'
import { THIN_MASK_RCNN } from '../thin-training.ts'
import { tiffFile } from '../tiff-file.ts'

const SIDE = 64
const pixels = SIDE * SIDE
const [width, height] = [SIDE, SIDE]
/** A bright block on dark ground that is not even; never white, never black. */
const grey = Uint8Array.from({ length: pixels }, (_, i) => {
  const [x, y] = [i % SIDE, Math.floor(i / SIDE)]
  return (x >= 10 && x < 40 && y >= 20 && y < 44 ? 180 : 30) + ((x * 7 + y * 3) % 23)
})
const ring = [10, 20, 40, 20, 40, 44, 10, 44]
const annotation = { id: 1, image_id: 1, category_id: 5, iscrowd: 0, bbox: [10, 20, 30, 24], area: 720 }
const labels = JSON.stringify({
  images: [{ id: 1, file_name: 'a', width, height }],
  annotations: [{ ...annotation, segmentation: [ring] }],
  categories: [{ id: 5, name: 'block' }],
})

const config = {
  model: THIN_MASK_RCNN,
  data: {
    train: { images: 'deep', annotations: 'labels.json' },
    val: { images: 'deep', annotations: 'labels.json' },
    intensity: [1000, 6100],
  },
  ...{ steps: 1, batchSize: 1, workers: 1, threads: 1, searchMemory: false, optimizeGraph: false },
}

describe('data.intensity', () => {
  it('of a training becomes that of its model, for predict and evaluate', async () => {
    const deep = Uint16Array.from(grey, (value) => 1000 + 20 * value)
    const folder = folderOf({
      'labels.json': labels,
      'deep/a': tiffFile({ data: deep, width, height }),
      'config.json': JSON.stringify(config),
    })
    const at = (...parts: string[]) => path.join(folder, ...parts)
    const trained = await command('train', at('config.json'), '--out', at('run'))
    expect(trained.code).toBe(0)
    const [best, last] = ['best', 'last'].map((name) => at('run', 'checkpoints', `${name}.safetensors`))
    for (const file of [best, last]) {
      expect(decodeModelFile(readFileSync(file)).metadata.intensity).toEqual([1000, 6100])
    }

    const out = ['--out', at('out')]
    const said = await command('predict', at('deep', 'a'), '--model', best, ...out)
    expect(said.stderr).toContain('16 bit, 1000 to 6100 shown as black to white')
    expect(said.stderr).toContain('intensity 1000:6100, as the model was trained with; --intensity chooses')
    const other = await command(
      ...['predict', at('deep', 'a'), '--model', best, '--intensity', 'full', ...out],
    )
    expect(other.stderr).toContain('16 bit, 0 to 65535 shown as black to white')
    expect(other.stderr).not.toContain('as the model was trained')

    const preview = ['data', 'preview', at('labels.json'), '--images', at('deep')]
    const drawn = await command(...preview, '--intensity', '1000:6100', '--out', at('sheet.png'))
    expect([drawn.code, drawn.stderr]).toEqual([
      0,
      expect.stringContaining('a: 16 bit, 1000 to 6100 shown as black to white'),
    ])

    const annotated = ['--annotations', at('labels.json')]
    const evaluated = await command(
      ...['evaluate', '--model', best, '--images', at('deep'), ...annotated, '--report', at('report.html')],
    )
    expect([evaluated.code, evaluated.stderr]).toEqual([
      0,
      expect.stringContaining('16 bit, 1000 to 6100 shown as black to white'),
    ])
  })
})

describe('--page', () => {
  it('is refused beside --annotations, which list whole files', async () => {
    const { code, stderr } = await command(
      ...['predict', 'images', '--model', 'nuclei', '--page', '1', '--annotations', 'labels.json'],
    )
    expect([code, stderr]).toEqual([2, expect.stringContaining('--page cannot go with --annotations')])
  })
})

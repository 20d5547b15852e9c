import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { encodePng } from '../../src/node/decode-image.ts'
import { command, folderOf } from '../in-process.ts'
import { thinCenterMaskFile } from '../thin-model.ts'
import { expectOverlay } from './prediction-document.ts'

const [width, height] = [64, 48]

describe('a CenterMask on the command line', { timeout: 300_000 }, () => {
  it('predicts, in tiles too, and is measured by the scores of its masks', async () => {
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 251)
    const folder = folderOf({
      'model.safetensors': thinCenterMaskFile(),
      'photos/a.png': await encodePng({ data, width, height }),
    })
    const [model, photos, out] = ['model.safetensors', 'photos', 'out'].map((name) => join(folder, name))
    const predict = async (...flags: string[]) => {
      const { code, stdout, stderr } = await command(
        ...['predict', photos, '--model', model, '--json', '--score', '0.001', '--out', out, ...flags],
      )
      expect([code, stderr.includes('wrong')]).toEqual([0, false])
      return JSON.parse(stdout).images[0].instances
    }
    const whole = await predict('--format', 'coco')
    expect(whole).toHaveLength(5)
    for (const { score, mask_score, segmentation } of whole) {
      expect(mask_score).not.toBe(score)
      expect(segmentation.size).toEqual([height, width])
    }
    await expectOverlay(join(out, 'a.png'), { width, height })
    // Room for more than its own five, and tiles in which each may be found.
    expect((await predict('--max', '30', '--no-overlay')).length).toBeGreaterThan(5)
    expect((await predict('--tile', '40', '--no-overlay')).length).toBeGreaterThan(0)

    const found = join(out, 'predictions-coco.json')
    const evaluated = await command(
      ...['evaluate', '--model', model, '--images', photos, '--annotations', found, '--json'],
    )
    const { segm, bbox } = JSON.parse(evaluated.stdout)
    expect([segm.AP, bbox.AP]).toEqual([1, 1])
    expect(readFileSync(found, 'utf8')).toContain('"segmentation"')
  })
})
